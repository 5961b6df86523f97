import { BrowserWindow } from 'electron';
import { startAddress } from './page-address.ts';

/** Opens the app's window. Bounds and display mode come back from the last time (`windowStatePersistence`). */
export function openWindow(preloadFile: string): BrowserWindow {
  const window = new BrowserWindow({
    name: 'main',
    windowStatePersistence: true,
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'SafeDPO Studio',
    webPreferences: {
      preload: preloadFile,
      // Electron's defaults, said aloud: security checklist, items 2 to 4, 6 and 8 to 11.
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  // Shown when painted: no white flash in the dark theme.
  window.once('ready-to-show', () => window.show());
  void window.loadURL(startAddress);
  return window;
}
