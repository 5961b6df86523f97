import { app, dialog, type BrowserWindow, type OpenDialogOptions } from 'electron';
import { dirname } from 'node:path';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import type { PickPurpose } from '../../preload/contract/pick-purposes.ts';
import type { PickedFiles } from '../dispatch/picked-files.ts';

const dialogs: { readonly [Purpose in PickPurpose]: OpenDialogOptions } = {
  'model-folder': { title: 'Choose a model folder', properties: ['openDirectory'] },
  'dataset-files': {
    title: 'Choose preference data',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Preference data', extensions: ['jsonl', 'json', 'csv', 'tsv', 'parquet', 'gz'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'export-folder': { title: 'Choose where to export to', properties: ['openDirectory', 'createDirectory'] },
  'labels-file': {
    title: 'Choose a labels file',
    properties: ['openFile'],
    filters: [{ name: 'Labels', extensions: ['jsonl', 'csv'] }],
  },
  'prompt-file': {
    title: 'Choose a file of prompts',
    properties: ['openFile'],
    filters: [
      { name: 'Prompts', extensions: ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'gz'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'library-folder': { title: 'Choose a folder for the library', properties: ['openDirectory', 'createDirectory'] },
};

/** Native file dialogs. Each purpose opens where it was last used; Electron would start in Downloads every time. */
export function createDialogs(pickedFiles: PickedFiles, currentWindow: () => BrowserWindow | null) {
  const lastFolder = new Map<PickPurpose, string>();

  return async function choose(purpose: PickPurpose): Promise<readonly PickedFile[]> {
    const options = { ...dialogs[purpose], defaultPath: lastFolder.get(purpose) ?? app.getPath('home') };
    const window = currentWindow();
    const { canceled, filePaths } = await (window === null
      ? dialog.showOpenDialog(options)
      : dialog.showOpenDialog(window, options));
    const first = filePaths[0];
    if (canceled || first === undefined) return [];
    lastFolder.set(purpose, dirname(first));
    return filePaths.map((path) => pickedFiles.add(path));
  };
}
