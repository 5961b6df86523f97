import { app, ipcMain, nativeTheme, session, shell, type BrowserWindow } from 'electron';
import { join } from 'node:path';
import type { AppSettings, MenuCommand } from '../../preload/contract/operations/app.ts';
import { readAssets } from '../hosts/assets.ts';
import { createDispatcher } from '../hosts/dispatch.ts';
import { startIpcHost } from '../hosts/electron/ipc-host.ts';
import { createBackground } from '../hosts/handlers/background.ts';
import { createHandlers } from '../hosts/handlers/handlers.ts';
import { createLocalClient } from '../hosts/local-client.ts';
import { createPickedFiles } from '../hosts/picked-files.ts';
import { createTopic } from '../hosts/topic.ts';
import { libraryFolder } from '../library/folder.ts';
import { openLibrary } from '../library/library.ts';
import { keepCrashReports, logError } from './crash-reports.ts';
import { useBundledEngine } from './bundled-engine.ts';
import { createDialogs } from './dialogs.ts';
import { openLink } from './links.ts';
import { setMenu } from './menu.ts';
import { origin } from './page-address.ts';
import { registerScheme, serveScheme } from './protocol.ts';
import { askBeforeQuit } from './quit.ts';
import { denyNavigation, denyNetwork, denyPermissions } from './security.ts';
import { isFirstInstance } from './single-instance.ts';
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
  useBundledEngine();
  denyNavigation();
  if (!isFirstInstance(() => window)) {
    app.quit();
    return;
  }
  const open = (): void => {
    window = openWindow(files.preload);
    window.once('closed', () => {
      window = null;
    });
  };
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('activate', () => window ?? open());

  await app.whenReady();
  denyPermissions(session.defaultSession);
  denyNetwork(session.defaultSession);
  serveScheme(session.defaultSession, readAssets(files.renderer));
  await startServices(files, () => window);
  open();
}

async function startServices(files: ShellFiles, currentWindow: () => BrowserWindow | null): Promise<void> {
  const library = openLibrary(libraryFolder(undefined));
  const pickedFiles = createPickedFiles();
  const background = createBackground();
  const menu = createTopic<MenuCommand>();
  const desktop = {
    choose: createDialogs(pickedFiles, currentWindow),
    openFolder: async (path: string) => shell.showItemInFolder(path),
    openLink,
    menu,
    setTheme(theme: AppSettings['theme']) {
      nativeTheme.themeSource = theme;
    },
  };
  const handlers = createHandlers({ library, pickedFiles, background, desktop, folders: null, appFolder: files.appFolder, report: logError });
  const dispatcher = createDispatcher(handlers, { desktop: true, report: logError });
  const client = createLocalClient(dispatcher);
  startIpcHost({ ipc: ipcMain, dispatcher, pickedFiles, origin });
  setMenu((command) => menu.publish(command));
  const training = watchTraining(client, (error) => logError(error, 'runs.activityFeed'));
  const close = async (): Promise<void> => {
    await background.close();
    library.close();
  };
  askBeforeQuit(client, training, close, (error) => logError(error, 'quit'));
  desktop.setTheme((await client.app.settings({})).theme);
}

/** The folder of the built main file is `out/main`; its neighbours hold the rest. */
export function shellFiles(mainFolder: string, appFolder: string): ShellFiles {
  return { preload: join(mainFolder, '../preload/electron.cjs'), renderer: join(mainFolder, '../renderer'), appFolder };
}
