/** What a file or folder is picked for. */
export const pickPurposes = [
  'model-folder',
  'dataset-files',
  'export-folder',
  'labels-file',
  'prompt-file',
  'library-folder',
] as const;
export type PickPurpose = (typeof pickPurposes)[number];

/** Those for which a folder is picked; the others are for files. */
export const folderPurposes: readonly PickPurpose[] = ['model-folder', 'export-folder', 'library-folder'];
