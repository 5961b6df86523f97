/**
 * The commands that the native menu offers. The page, which runs them, takes their titles and keys from here for its
 * palette, shortcuts and help, so that all four say the same. Keys are in tinykeys' syntax.
 */
export const menuCommands = {
  home: { title: 'Projects', keys: ['g h'] },
  'new-project': { title: 'New project', keys: [] },
  'open-sample': { title: 'Open the sample project', keys: [] },
  runs: { title: 'Runs', keys: ['g r'] },
  settings: { title: 'Preferences', keys: ['$mod+,'] },
  doctor: { title: 'Doctor', keys: ['g d'] },
  palette: { title: 'Show all commands', keys: ['$mod+k'] },
  help: { title: 'Show the keys of this screen', keys: ['Shift+?', 'F1'] },
  about: { title: 'Help and about', keys: [] },
  'undo-label': { title: 'Undo the last change', keys: ['z', '$mod+z'] },
  'redo-label': { title: 'Redo', keys: ['Shift+Z', '$mod+Shift+Z'] },
} as const satisfies { readonly [id: string]: { readonly title: string; readonly keys: readonly string[] } };

export type MenuCommand = keyof typeof menuCommands;
