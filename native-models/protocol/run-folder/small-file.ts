import { renameSync, writeFileSync } from 'node:fs';
import { writeFailure } from '../../files/atomic-file.ts';

/** Far beyond what the JSON files of a run folder come to; a longer one is not ours. */
export const mostBytes = 1024 * 1024;

/** Who writes a file; both may at the same time. */
export type Writer = 'engine' | 'services';

/**
 * Replaces a small JSON file as a whole, for readers that may look at any moment. Throws `disk-full`,
 * `folder-not-writable`.
 */
export function replaceJsonSync(file: string, value: object, writer: Writer): void {
  const partial = `${file}.${writer === 'engine' ? 'partial' : 'new'}`;
  try {
    writeFileSync(partial, `${JSON.stringify(value)}\n`);
    renameSync(partial, file);
  } catch (error) {
    throw writeFailure(file, error);
  }
}
