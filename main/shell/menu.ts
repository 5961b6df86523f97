import { Menu, type MenuItemConstructorOptions } from 'electron';
import { menuCommands, type MenuCommand } from '../../preload/contract/menu.ts';

/** Sets the application menu; our own entries are sent to the page, which knows how to run them. */
export function setMenu(send: (command: MenuCommand) => void): void {
  const entry = (command: MenuCommand): MenuItemConstructorOptions => {
    const { title, keys } = menuCommands[command];
    return { label: title, ...acceleratorOf(keys), click: () => send(command) };
  };
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [
        entry('new-project'),
        entry('open-sample'),
        separator,
        entry('home'),
        entry('runs'),
        separator,
        entry('settings'),
        separator,
        { role: process.platform === 'darwin' ? 'close' : 'quit' },
      ],
    },
    {
      label: 'Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
        separator,
        entry('undo-label'),
        entry('redo-label'),
      ],
    },
    {
      label: 'View',
      submenu: [
        entry('palette'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { label: 'Help', role: 'help', submenu: [entry('help'), entry('doctor'), separator, entry('about')] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/**
 * Shows the first key with Ctrl or Command beside the title. The page hears it itself, so it is not registered a second
 * time.
 */
function acceleratorOf(
  keys: readonly string[],
): Pick<MenuItemConstructorOptions, 'accelerator' | 'registerAccelerator'> {
  const chord = keys.find((key) => key.startsWith('$mod+'));
  return chord === undefined
    ? {}
    : {
        accelerator: chord.replace('$mod', 'CmdOrCtrl').replace(/\b[a-z]$/, (letter) => letter.toUpperCase()),
        registerAccelerator: false,
      };
}
