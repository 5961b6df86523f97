import { app, crashReporter, dialog } from 'electron';
import { createErrorLog, type ErrorLog } from '../diagnostics/error-log.ts';

/** Keeps native crash dumps on this machine; nothing is ever sent. */
export function keepCrashReports(): void {
  crashReporter.start({ uploadToServer: false, compress: true });
}

/** The app's own log, in the folder that the system keeps for logs. */
export function shellLog(): ErrorLog {
  return createErrorLog(app.getPath('logs'));
}

/** Writes down processes of Electron's that end by themselves, and offers the page again when it was the page's. */
export function watchForCrashes(log: ErrorLog): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit')
      log.write(new Error(`${type} process: ${reason}, exit code ${exitCode}`), 'child-process-gone');
  });
  app.on('render-process-gone', (_event, contents, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log.write(new Error(`page: ${reason}, exit code ${exitCode}`), 'render-process-gone');
    const again = async (): Promise<void> => {
      const { response } = await dialog.showMessageBox({
        type: 'error',
        message: 'The window stopped working.',
        detail: 'Everything you entered is saved, and a training run continues.',
        buttons: ['Open Again', 'Quit'],
        defaultId: 0,
        cancelId: 0,
      });
      if (response === 1) app.quit();
      else contents.reload();
    };
    again().catch((error: unknown) => log.write(error, 'render-process-gone'));
  });
}
