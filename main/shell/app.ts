import { app, ipcMain, nativeTheme, session, shell, type BrowserWindow } from 'electron';
import { join } from 'node:path';
import type { MenuCommand } from '../../preload/contract/menu.ts';
import type { AppSettings } from '../../preload/contract/operations/app.ts';
import { warmReader } from '../foreign/ask.ts';
import { readAssets } from '../hosts/assets.ts';
import { startIpcHost } from '../hosts/electron/ipc-host.ts';
import { createLocalClient } from '../dispatch/local-client.ts';
import { createPickedFiles } from '../dispatch/picked-files.ts';
import { openServices } from '../operations/services.ts';
import { createTopic } from '../dispatch/topic.ts';
import { libraryChoice, libraryFolder } from '../library/folder.ts';
import { useBundledEngine } from './bundled-engine.ts';
import { keepCrashReports, shellLog, watchForCrashes } from './crash-reports.ts';
import { createDialogs } from './dialogs.ts';
import { setMenu } from './menu.ts';
import { origin } from './page-address.ts';
import { registerScheme, serveScheme } from './protocol.ts';
import { askBeforeQuit } from './quit.ts';
import { denyNavigation, denyNetwork, denyPermissions, denyWebRtc } from './security.ts';
import { isFirstInstance } from './single-instance.ts';
import { checkpointBeforeSleep } from './suspend.ts';
import { watchTraining } from './training-watch.ts';
import { openWindow } from './window.ts';

/** Where the built parts lie, beside each other under `out/`. */
export interface ShellFiles {
  readonly preload: string;
  readonly renderer: string;
  readonly appFolder: string;
}

/** Starts the desktop app. What must happen before `ready` happens at once; the rest when Electron is ready. */
export async function startShell(files: ShellFiles): Promise<void> {
  let window: BrowserWindow | null = null;
  app.enableSandbox();
  registerScheme();
  keepCrashReports();
  watchForCrashes(shellLog());
  useBundledEngine();
  denyNavigation();
  denyWebRtc();
  const open = (): BrowserWindow => {
    window = openWindow(files.preload);
    window.once('closed', () => {
      window = null;
    });
    return window;
  };
  const current = { get: () => window, show: () => window ?? open() };
  if (!isFirstInstance(current.show)) {
    app.quit();
    return;
  }
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('activate', current.show);

  await app.whenReady();
  denyPermissions(session.defaultSession);
  await denyNetwork(session.defaultSession);
  serveScheme(session.defaultSession, readAssets(files.renderer));
  await startServices(files, current);
  open();
  warmReader();
}

/** The one window of the app. */
interface CurrentWindow {
  get(): BrowserWindow | null;
  /** Opens it where it is closed. */
  show(): BrowserWindow;
}

async function startServices(files: ShellFiles, window: CurrentWindow): Promise<void> {
  const pickedFiles = createPickedFiles();
  // A menu item is meant for the page that is open: one that is loaded later must not run it again.
  const menu = createTopic<MenuCommand>(0);
  const desktop = {
    choose: createDialogs(pickedFiles, window.get),
    openFolder: async (path: string) => shell.showItemInFolder(path),
    menu,
    setTheme(theme: AppSettings['theme']) {
      nativeTheme.themeSource = theme;
    },
  };
  const services = openServices(
    {
      choice: libraryChoice(undefined),
      appFolder: files.appFolder,
      pickedFiles,
      desktop,
      folders: null,
      openLog: shellLog,
      report: () => {},
    },
    libraryFolder(undefined),
  );
  const { dispatcher, report } = services;
  const client = createLocalClient(dispatcher);
  startIpcHost({ ipc: ipcMain, dispatcher, pickedFiles, origin });
  setMenu((command) => menu.publish(command));
  const training = watchTraining(client, (error) => report(error, 'runs.activityFeed'));
  checkpointBeforeSleep(client, training, (error) => report(error, 'suspend'));
  askBeforeQuit({
    client,
    training,
    close: services.close,
    stay: window.show,
    report: (error) => report(error, 'quit'),
  });
  desktop.setTheme((await client.app.settings({})).theme);
}

/** The folder of the built main file is `out/main`; its neighbours hold the rest. */
export function shellFiles(mainFolder: string, appFolder: string): ShellFiles {
  return { preload: join(mainFolder, '../preload/electron.cjs'), renderer: join(mainFolder, '../renderer'), appFolder };
}
