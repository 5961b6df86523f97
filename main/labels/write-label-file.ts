import { lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { badInput } from '../../native-models/failure.ts';
import { writeAtomically } from '../../native-models/files/atomic-file.ts';
import { statPlainFileSync } from '../../native-models/files/plain-file.ts';
import type { Library } from '../library/library.ts';
import { givePersonsPermissions } from '../library/private-files.ts';
import { exportLabels } from './export-labels.ts';
import { labelFileHeader, type LabelFileFormat } from './label-file.ts';

export interface LabelFileTarget {
  readonly file: string;
  readonly format: LabelFileFormat;
  /** Takes the place of whatever file is there; otherwise of an older labels file only. */
  readonly replace: boolean;
}

/**
 * Writes the labels of a project into a file, all of it or nothing: an older file stays as it is until the new one is
 * whole.
 * @returns how many records were written
 * @throws Failure `labels-file-occupied`, `file-is-folder`, `not-a-plain-file`, and what `writeAtomically` throws
 */
export async function writeLabelFile(
  library: Library,
  projectId: number,
  { file, format, replace }: LabelFileTarget,
): Promise<number> {
  await requireFree(file, replace);
  let lines = 0;
  const pieces = function* (): Generator<Uint8Array> {
    for (const text of exportLabels(library, projectId, format)) {
      lines += 1;
      yield Buffer.from(text);
    }
  };
  await writeAtomically(file, pieces());
  givePersonsPermissions(file);
  return lines - 1;
}

async function requireFree(file: string, replace: boolean): Promise<void> {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  const { size } = statPlainFileSync(file);
  if (replace || size === 0 || (await isLabelFile(file))) return;
  throw badInput(
    'labels-file-occupied',
    `${file} is there already and is no labels file, so it was left as it is. Choose another name.`,
    { file },
  );
}

async function isLabelFile(file: string): Promise<boolean> {
  const headers = [labelFileHeader('jsonl'), labelFileHeader('csv')];
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const start = buffer.toString('utf8', 0, bytesRead);
    return headers.some((header) => start.startsWith(header.trimEnd()));
  } finally {
    await handle.close();
  }
}
