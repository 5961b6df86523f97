import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyChain } from '../labels/verify.ts';
import { listDatasets } from './store/datasets.ts';
import { importPairs, newPair, temporaryFolder, temporaryLibrary } from './store/library.fixture.ts';
import type { Library } from '../library/library.ts';
import { createProject } from '../projects/projects.ts';
import { importDataset } from './import.ts';

const fileOf = (rows: number): string => {
  const file = join(temporaryFolder(), 'pairs.jsonl');
  const row = (index: number): string =>
    JSON.stringify({
      prompt: `Question ${index}?`,
      chosen: `Good ${'x'.repeat(300)} ${index}`,
      rejected: `Bad ${index}`,
    });
  writeFileSync(file, Array.from({ length: rows }, (_, index) => row(index)).join('\n'));
  return file;
};

/** A library with one dataset of one pair. */
const filled = (): { library: Library; projectId: number } => {
  const library = temporaryLibrary();
  const projectId = createProject(library, 'test').id;
  importPairs(library, projectId, [newPair(1, false, true, 'a')]);
  return { library, projectId };
};

const contents = ({ db }: Library, projectId: number): unknown[] => [
  ...['projects', 'datasets', 'pairs', 'pair_labels', 'rejected_rows', 'label_events', 'label_head'].map((table) =>
    db.prepare(`SELECT * FROM ${table}`).all(),
  ),
  projectId,
];

it.each([5, 900])('leaves the library as it was when the disk is full after %d more pages', async (pages) => {
  const { library, projectId } = filled();
  const before = contents(library, projectId);
  library.db.pragma(`max_page_count = ${Number(library.db.pragma('page_count', { simple: true })) + pages}`);
  await expect(importDataset(library, projectId, fileOf(6000))).rejects.toMatchObject({
    kind: 'capacity',
    code: 'library-disk-full',
  });
  expect(contents(library, projectId)).toEqual(before);
  expect(library.db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(verifyChain(library).broken).toBeNull();
  library.db.pragma('max_page_count = 1073741823');
  expect((await importDataset(library, projectId, fileOf(20))).accepted).toBe(20);
});

it('says that a library cannot be written', async () => {
  const { library, projectId } = filled();
  library.db.pragma('query_only = ON');
  await expect(importDataset(library, projectId, fileOf(20))).rejects.toMatchObject({
    kind: 'input',
    code: 'library-read-only',
  });
  library.db.pragma('query_only = OFF');
  expect(listDatasets(library, projectId)).toHaveLength(1);
});

// Root may write anywhere.
it.skipIf(process.getuid?.() === 0)('refuses a folder without write permission', () => {
  const dir = temporaryFolder();
  chmodSync(dir, 0o500);
  expect(() => temporaryLibrary(join(dir, 'library'))).toThrowError(
    expect.objectContaining({ code: 'library-read-only' }),
  );
});
