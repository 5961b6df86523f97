import { app, type BrowserWindow } from 'electron';

/**
 * Two apps on one library would be two writers. A second start shows the window of the first. Returns false in the
 * second.
 */
export function isFirstInstance(show: () => BrowserWindow): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', () => {
    const window = show();
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  return true;
}
