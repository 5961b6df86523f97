import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';

/**
 * A stand-in for the `electron` module, for machines without its binary. Each part is checked against
 * `electron.d.ts`, so a call that Electron does not have does not compile; what was called is kept in `record`.
 */
export const record = {
  order: [] as string[],
  windows: [] as FakeWindow[],
  opened: [] as string[],
  notifications: [] as Electron.NotificationConstructorOptions[],
  openDialogs: [] as Electron.OpenDialogOptions[],
  menu: [] as Electron.MenuItemConstructorOptions[],
  crashReporter: null as Electron.CrashReporterStartOptions | null,
  schemes: [] as Electron.CustomScheme[],
  blockers: new Set<number>(),
  exitCodes: [] as number[],
};

/** What the fakes answer; tests change it. */
export const answers = { firstInstance: true, paths: ['/models/tiny'] as string[], messageBox: 0, userFolder: '/tmp' };

export class FakeContents extends EventEmitter {
  reloads = 0;
  reload(): void {
    this.reloads += 1;
  }
  webRtcPolicy: Parameters<Electron.WebContents['setWebRTCIPHandlingPolicy']>[0] | null = null;
  setWebRTCIPHandlingPolicy(policy: Parameters<Electron.WebContents['setWebRTCIPHandlingPolicy']>[0]): void {
    this.webRtcPolicy = policy;
  }
  windowOpenHandler: ((details: { url: string }) => { action: string }) | null = null;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }
}

export class FakeWindow extends EventEmitter {
  readonly options: Electron.BrowserWindowConstructorOptions;
  address = '';
  shown = false;
  minimized = false;
  focused = false;
  readonly webContents = new FakeContents();
  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    record.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(address: string): Promise<void> {
    this.address = address;
    record.order.push('loadURL');
  }
  show(): void {
    this.shown = true;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  restore(): void {
    this.minimized = false;
  }
  focus(): void {
    this.focused = true;
  }
}

class FakeApp extends EventEmitter {
  isPackaged = false;
  enableSandbox(): void {
    record.order.push('enableSandbox');
  }
  requestSingleInstanceLock(): boolean {
    return answers.firstInstance;
  }
  async whenReady(): Promise<void> {
    await Promise.resolve();
    record.order.push('ready');
  }
  quit(): void {
    record.order.push('quit');
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (!prevented) this.emit('will-quit', { preventDefault: () => {} });
  }
  exit(code = 0): void {
    record.exitCodes.push(code);
  }
  getPath(): string {
    return answers.userFolder;
  }
  getAppPath(): string {
    return process.cwd();
  }
}
const fakeApp = new FakeApp();
export const app = fakeApp satisfies Pick<
  Electron.App,
  | 'enableSandbox'
  | 'requestSingleInstanceLock'
  | 'whenReady'
  | 'quit'
  | 'exit'
  | 'getPath'
  | 'getAppPath'
  | 'isPackaged'
>;

/** The default session: keeps the handlers it is given, so that tests can put questions to them. */
export const sessionHandlers = {
  permissionRequest: null as Parameters<Electron.Session['setPermissionRequestHandler']>[0],
  permissionCheck: null as Parameters<Electron.Session['setPermissionCheckHandler']>[0],
  device: null as Parameters<Electron.Session['setDevicePermissionHandler']>[0],
  request: null as ((details: { url: string }, decide: (answer: { cancel?: boolean }) => void) => void) | null,
  spellCheckerLanguages: null as readonly string[] | null,
  proxy: null as Electron.ProxyConfig | null,
  protocols: new Map<string, (request: Request) => Response | Promise<Response>>(),
};
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler) => void (sessionHandlers.permissionRequest = handler),
    setPermissionCheckHandler: (handler) => void (sessionHandlers.permissionCheck = handler),
    setDevicePermissionHandler: (handler) => void (sessionHandlers.device = handler),
    setSpellCheckerLanguages: (languages) => void (sessionHandlers.spellCheckerLanguages = languages),
    setProxy: async (proxy) => void (sessionHandlers.proxy = proxy),
    webRequest: {
      onBeforeRequest: (listener: NonNullable<typeof sessionHandlers.request>) =>
        void (sessionHandlers.request = listener),
    },
    protocol: {
      handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) =>
        void sessionHandlers.protocols.set(scheme, handler),
    },
  } satisfies Pick<
    Electron.Session,
    | 'setPermissionRequestHandler'
    | 'setPermissionCheckHandler'
    | 'setDevicePermissionHandler'
    | 'setSpellCheckerLanguages'
    | 'setProxy'
  > & {
    readonly webRequest: unknown;
    readonly protocol: unknown;
  },
};

export const protocol = {
  registerSchemesAsPrivileged: (schemes) => {
    record.order.push('registerSchemes');
    record.schemes = schemes;
  },
} satisfies Pick<Electron.Protocol, 'registerSchemesAsPrivileged'>;

type Invoked = (event: unknown, ...args: unknown[]) => unknown;
export const ipc = { invoked: new Map<string, Invoked>(), heard: new Map<string, Invoked>() };
export const ipcMain = {
  handle: (channel: string, listener: Invoked) => void ipc.invoked.set(channel, listener),
  on: (channel: string, listener: Invoked) => void ipc.heard.set(channel, listener),
};

export const shell = {
  showItemInFolder: (path) => void record.opened.push(path),
} satisfies Pick<Electron.Shell, 'showItemInFolder'>;

export const dialog = {
  async showOpenDialog(...args: unknown[]): Promise<Electron.OpenDialogReturnValue> {
    record.openDialogs.push(args.at(-1) as Electron.OpenDialogOptions);
    return { canceled: answers.paths.length === 0, filePaths: answers.paths };
  },
  async showMessageBox(): Promise<Electron.MessageBoxReturnValue> {
    record.order.push('asked');
    return { response: answers.messageBox, checkboxChecked: false };
  },
  showErrorBox: () => {},
};

export const Menu = {
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (template: Electron.MenuItemConstructorOptions[]) => void (record.menu = template),
};

export class Notification {
  static isSupported(): boolean {
    return true;
  }
  readonly options: Electron.NotificationConstructorOptions;
  constructor(options: Electron.NotificationConstructorOptions) {
    this.options = options;
  }
  show(): void {
    record.notifications.push(this.options);
  }
}

let blockers = 0;
export const powerSaveBlocker = {
  start: () => {
    record.blockers.add(++blockers);
    return blockers;
  },
  stop: (id) => record.blockers.delete(id),
} satisfies Pick<Electron.PowerSaveBlocker, 'start' | 'stop'>;

class FakePowerMonitor extends EventEmitter {}
export const powerMonitor = new FakePowerMonitor();

export const crashReporter = { start: (options) => void (record.crashReporter = options) } satisfies Pick<
  Electron.CrashReporter,
  'start'
>;
export const nativeTheme = { themeSource: 'system' } satisfies Pick<Electron.NativeTheme, 'themeSource'>;
export { FakeWindow as BrowserWindow };
