import { readPlainFile } from '../../native-models/files/plain-file.ts';

/** The text is held as one string, of which V8 takes 512 MiB at most; a history of 300,000 labels has about 200. */
const mostBytes = 400 * 1024 * 1024;

/**
 * The text of a file of labels or opinions. Throws what `readPlainFile` throws: `file-too-large`, `file-is-folder`,
 * `not-a-plain-file`, ...
 */
export async function readLabelText(file: string): Promise<string> {
  return (await readPlainFile(file, mostBytes)).toString('utf8');
}
