import { readdir } from 'node:fs/promises';
import { badInput, type Failure } from '../../native-models/failure.ts';
import { isNotFound } from '../../native-models/files/json-file.ts';
import { writeFailure } from '../../native-models/files/atomic-file.ts';

/** Throws `folder-not-empty`, or `folder-not-writable` for something that is no folder. */
export async function requireEmptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw writeFailure(folder, error);
  });
  if (names.length > 0) throw folderNotEmpty(folder);
}

/** The refusal of a folder that holds something; `why` is a sentence more without its end. */
export function folderNotEmpty(folder: string, why?: string): Failure {
  return badInput(
    'folder-not-empty',
    `${folder} is not empty.${why === undefined ? '' : ` ${why}.`} Choose a new folder.`,
    { folder },
  );
}
