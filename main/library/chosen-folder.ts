import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../native-models/failure.ts';
import { makeLibraryFolder } from './library.ts';

const fileName = 'library-folder.json';
const choice = z.strictObject({ folder: z.string().min(1) });

/**
 * The library folder that was chosen in the app, or null while the one at `defaultFolder` is used. The choice is kept
 * there, so that the app, `serve` and every command find the same library.
 * @throws Failure `library-choice-damaged`, and `library-not-there` where the chosen folder holds no library now: it
 *   would be made anew, empty, while its disk is away
 */
export function chosenFolder(defaultFolder: string): string | null {
  const file = join(defaultFolder, fileName);
  if (!existsSync(file)) return null;
  const { folder } = parse(file);
  if (existsSync(join(folder, 'library.sqlite'))) return folder;
  throw badInput(
    'library-not-there',
    `The library chosen in Preferences is not in ${folder}. Connect its disk, name another library, or ` +
      `delete ${file} to use the library in ${defaultFolder}.`,
    { folder, file },
  );
}

/** Keeps `folder` as the choice for the next starts; `defaultFolder` itself takes the choice back. */
export function chooseFolder(defaultFolder: string, folder: string): void {
  const file = join(defaultFolder, fileName);
  if (folder === defaultFolder) return rmSync(file, { force: true });
  makeLibraryFolder(defaultFolder);
  writeFileSync(`${file}.partial`, `${JSON.stringify({ folder })}\n`);
  renameSync(`${file}.partial`, file);
}

function parse(file: string): z.infer<typeof choice> {
  try {
    return choice.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw badInput(
      'library-choice-damaged',
      `${file} does not say which library folder was chosen. Expected {"folder": "…"}; delete it to use the ` +
        'library beside it, or choose again in Preferences.',
      { file },
      { cause: error },
    );
  }
}
