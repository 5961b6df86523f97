import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importDataset } from '../../main/datasets/import.ts';
import { openLibrary } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { pairLines } from './pair-lines.ts';

/** Makes a library with project 1, called soak, and a dataset of 400 pairs. */
export async function newLibrary(dir: string, outside: string, seed: number): Promise<void> {
  const library = openLibrary(dir);
  try {
    const { id } = createProject(library, 'soak');
    const file = join(outside, 'first.jsonl');
    writeFileSync(file, pairLines(400, seed));
    await importDataset(library, id, file, {});
  } finally {
    library.close();
  }
}
