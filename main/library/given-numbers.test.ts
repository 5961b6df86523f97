import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { verifyChain } from '../labels/verify.ts';
import { createProject, trashProject } from '../projects/projects.ts';
import { drawAudit } from '../review/audit/audits.ts';
import { emptyTrash } from '../trash/trash.ts';
import { abandonDataset, createDataset, getDataset, trashDataset } from '../datasets/store/datasets.ts';
import { importPairs, libraryWith, newPair, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import type { Library } from './library.ts';

const pairs = [newPair(1, false, true, 'a')];
const others = [newPair(1, true, true, 'b', 'other')];

/** What versions before the fourth did: the number of a deleted dataset is given to the next one. */
async function withReusedNumber(): Promise<{ library: Library; datasetId: number; projectId: number }> {
  const { library, projectId } = libraryWith([]);
  const first = importPairs(library, projectId, pairs);
  trashDataset(library, first);
  await emptyTrash(library);
  library.db.prepare("UPDATE given_numbers SET last = ? WHERE kind = 'dataset'").run(first - 1);
  expect(importPairs(library, projectId, others)).toBe(first);
  return { library, datasetId: first, projectId };
}

it('gives no number of a deleted project, dataset or audit again', async () => {
  const { library, projectId } = libraryWith(pairs);
  const audit = drawAudit(library, projectId, '', 1, 1).id;
  const dataset = importPairs(library, projectId, others);
  const bare = createProject(library, 'nothing was ever said in it').id;
  for (const id of [bare, projectId]) trashProject(library, id);
  await emptyTrash(library);
  const next = createProject(library, 'next').id;
  expect(next).toBeGreaterThan(bare);
  expect(importPairs(library, next, pairs)).toBeGreaterThan(dataset);
  expect(drawAudit(library, next, '', 1, 1).id).toBeGreaterThan(audit);
});

it("a failing import cannot take away another one's dataset", () => {
  const { library, projectId } = libraryWith([]);
  const request = {
    projectId,
    file: '/data/pairs.jsonl',
    bytes: 1,
    format: 'test',
    formatReason: 'a test',
    mapping: {},
  };
  const failing = createDataset(library, request);
  abandonDataset(library, failing);
  const other = createDataset(library, request);
  abandonDataset(library, failing);
  expect(getDataset(library, other).state).toBe('importing');
});

it('a number given twice does not break the log, and a changed event still does', async () => {
  const { library, datasetId } = await withReusedNumber();
  expect(verifyChain(library).broken).toBeNull();
  library.db.exec('DROP TRIGGER pairs_never_change');
  library.db.prepare('UPDATE pairs SET unsafe_b = 0 WHERE dataset_id = ?').run(datasetId);
  expect(verifyChain(library).broken).toMatchObject({ problem: 'imported labels changed' });
});

it('a library of the third version is migrated after a backup, and verifies', async () => {
  const { library, datasetId, projectId } = await withReusedNumber();
  library.db.exec('DROP TABLE given_numbers; DROP TABLE folders_to_remove; PRAGMA user_version = 3');
  library.close();
  const migrated = temporaryLibrary(library.dir);
  expect(verifyChain(migrated).broken).toBeNull();
  expect(importPairs(migrated, projectId, pairs)).toBe(datasetId + 1);
  const backup = join(library.dir, 'library.backup-v3.sqlite');
  expect(existsSync(backup)).toBe(true);
  const before = new Database(backup, { readonly: true });
  expect(before.pragma('user_version', { simple: true })).toBe(3);
  before.close();
});
