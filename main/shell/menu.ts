import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '../../preload/contract/operations/app.ts';

/** Title, and keys where a key of the page does not already do it. A command without an entry does not compile. */
const items: { readonly [Command in MenuCommand]: { readonly label: string; readonly accelerator?: string } } = {
  home: { label: 'Library' },
  'new-project': { label: 'New Project…', accelerator: 'CmdOrCtrl+N' },
  'open-sample': { label: 'Open Sample Project' },
  runs: { label: 'Runs' },
  settings: { label: 'Settings…', accelerator: 'CmdOrCtrl+,' },
  doctor: { label: 'Check This Computer' },
  palette: { label: 'Command Palette…', accelerator: 'CmdOrCtrl+K' },
  help: { label: 'Keyboard Shortcuts' },
  about: { label: 'About SafeDPO Studio' },
  'undo-label': { label: 'Undo Label Change' },
  'redo-label': { label: 'Redo Label Change' },
};

/** Sets the application menu; our own entries are sent to the page, which knows how to run them. */
export function setMenu(send: (command: MenuCommand) => void): void {
  const entry = (command: MenuCommand): MenuItemConstructorOptions => ({ ...items[command], click: () => send(command) });
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    { label: 'File', submenu: [entry('new-project'), entry('open-sample'), separator, entry('home'), entry('runs'), separator, entry('settings'), separator, { role: process.platform === 'darwin' ? 'close' : 'quit' }] },
    { label: 'Edit', submenu: [{ role: 'undo' }, { role: 'redo' }, separator, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }, separator, entry('undo-label'), entry('redo-label')] },
    { label: 'View', submenu: [entry('palette'), separator, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }] },
    { role: 'windowMenu' },
    { label: 'Help', role: 'help', submenu: [entry('help'), entry('doctor'), separator, entry('about')] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
