import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Preferred } from '../../../preload/contract/pairs.ts';
import { finishDataset } from '../../labels/baseline.ts';
import { createProject } from '../../projects/projects.ts';
import { createDataset } from './datasets.ts';
import { openLibrary } from '../../library/library.ts';
import type { Library } from '../../library/library.ts';
import { pairWriter } from './pairs.ts';
import type { NewPair } from './pairs.ts';

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'safedpo-library-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A new library that is closed and removed when the test ends. */
export function temporaryLibrary(dir = temporaryFolder()): Library {
  const library = openLibrary(dir, { busyTimeoutMilliseconds: 100 });
  onTestFinished(() => library.close());
  return library;
}

/** A library with one project and one dataset of `pairs`. */
export function libraryWith(pairs: readonly NewPair[]): { library: Library; projectId: number; pairIds: number[] } {
  const library = temporaryLibrary();
  const projectId = createProject(library, 'test').id;
  importPairs(library, projectId, pairs);
  return {
    library,
    projectId,
    pairIds: library.db.prepare<[], number>('SELECT id FROM pairs ORDER BY id').pluck().all(),
  };
}

/** Imports pairs as one finished dataset. */
export function importPairs(library: Library, projectId: number, pairs: readonly NewPair[]): number {
  const datasetId = createDataset(library, {
    projectId,
    file: '/data/pairs.jsonl',
    bytes: 1,
    format: 'test',
    formatReason: 'a test',
    mapping: {},
  });
  const { duplicates } = pairWriter(library, datasetId).insert(pairs);
  finishDataset(library, datasetId, { sha256: '0'.repeat(64), rejected: 0, duplicates });
  return datasetId;
}

/** A pair about `topic`, with the verdicts and the preference given. */
export function newPair(
  row: number,
  unsafeA: boolean | null,
  unsafeB: boolean | null,
  preferred: Preferred,
  topic = `prompt ${row}`,
): NewPair {
  return {
    row,
    prompt: [{ role: 'user', content: topic }],
    responses: { a: `answer A to ${topic}`, b: `answer B to ${topic}` },
    preferred,
    safer: null,
    split: null,
    verdicts: {
      a: { unsafe: unsafeA, severity: null, categories: [] },
      b: { unsafe: unsafeB, severity: null, categories: [] },
    },
  };
}

/** How many pairs of a library the full-text index finds by a word. */
export function indexedWith({ db }: Library, word: string): number {
  const count = 'SELECT count(*) FROM pair_search WHERE pair_search MATCH ?';
  return db.prepare<[string], number>(count).pluck().get(word) ?? 0;
}
