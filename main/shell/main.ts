import { app, dialog } from 'electron';
import { keepRunning } from '../hosts/keep-running.ts';
import { keepFilesPrivate } from '../library/private-files.ts';
import { shellFiles, startShell } from './app.ts';
import { shellLog } from './crash-reports.ts';

/** Says what went wrong and ends: an app that cannot start must not linger without a window. */
function giveUp(error: unknown): void {
  shellLog().write(error, 'start');
  dialog.showErrorBox('SafeDPO Studio cannot start', error instanceof Error ? error.message : String(error));
  app.exit(1);
}

/** Once it has started, one error of a callback is no reason to end. */
function goOn(): void {
  process.off('uncaughtException', giveUp);
  keepRunning((error, where) => shellLog().write(error, where));
}

keepFilesPrivate();
process.on('uncaughtException', giveUp);
// Not awaited: Electron becomes ready only after this module has been evaluated.
startShell(shellFiles(import.meta.dirname, app.getAppPath())).then(goOn, giveUp);
