import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { editLabels } from '../labels/edit.ts';
import { verifyChain } from '../labels/verify.ts';
import { trashDataset } from '../datasets/store/datasets.ts';
import { importPairs, indexedWith, libraryWith, newPair } from '../datasets/store/library.fixture.ts';
import type { Library } from '../library/library.ts';
import { indexAllForSearch } from '../datasets/store/search.ts';
import { createProject, listProjects, trashProject } from '../projects/projects.ts';
import { listRuns, renameRun } from '../runs/runs.ts';
import { transformCounts } from '../transform/counts.ts';
import { emptyTrash, listTrash, restoreRun, trashProjectAtRest, trashRun } from './trash.ts';
import { writeStartingStatus } from '../../native-models/protocol/run-folder/status.ts';

const failure = (code: string): unknown => expect.objectContaining({ code });

/** A run that rests, with a folder of 1,000 bytes. */
function addRun({ db, dir }: Library, projectId: number, id: string): string {
  const folder = join(dir, 'runs', id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'checkpoint'), 'x'.repeat(1000));
  db.prepare(
    `INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, labels_head, state,
      created_at)
    VALUES (?, ?, ?, '/models/tiny', 'safedpo', '{}', '', '', 'done', '2026-11-25T10:00:00.000Z')`,
  ).run(id, projectId, join('runs', id));
  return folder;
}

it('lists what was thrown away with what it holds; a project takes its runs along', async () => {
  const { library, projectId } = libraryWith([newPair(1, false, true, 'a')]);
  const other = createProject(library, 'other').id;
  addRun(library, projectId, 'run-1');
  addRun(library, other, 'run-2');
  trashRun(library, renameRun(library, 'run-2', 'Second try').id);
  trashProjectAtRest(library, projectId);
  expect(await listTrash(library)).toEqual([
    {
      kind: 'project',
      id: String(projectId),
      name: 'test',
      projectName: null,
      trashedAt: expect.any(String),
      pairs: 1,
      runs: 1,
      bytes: 1000,
    },
    {
      kind: 'run',
      id: 'run-2',
      name: 'Second try',
      projectName: 'other',
      trashedAt: expect.any(String),
      pairs: 0,
      runs: 1,
      bytes: 1000,
    },
  ]);
  expect(listRuns(library)).toEqual([]);
  restoreRun(library, 'run-2');
  expect(listRuns(library).map(({ name }) => name)).toEqual(['Second try']);
});

it('does not take a run that an engine works on, nor its project', () => {
  const { library, projectId } = libraryWith([]);
  const folder = addRun(library, projectId, 'run-1');
  writeStartingStatus(folder, process.pid);
  expect(() => trashRun(library, 'run-1')).toThrowError(failure('run-is-active'));
  expect(() => trashProjectAtRest(library, projectId)).toThrowError(failure('run-is-active'));
});

it('is emptied for good: rows, run folders and the search index; the label log stays whole', async () => {
  const { library, projectId, pairIds } = libraryWith([newPair(1, false, true, 'a', 'moon')]);
  const kept = createProject(library, 'kept').id;
  importPairs(library, kept, [newPair(1, false, true, 'a', 'sun')]);
  trashDataset(library, importPairs(library, kept, [newPair(2, false, true, 'a', 'comet')]));
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
    { pairId: pairIds[0] ?? 0, field: 'verdict', side: 'a', value: true },
  ]);
  await indexAllForSearch(library);
  const [gone, stays] = [addRun(library, projectId, 'run-1'), addRun(library, kept, 'run-2')];
  trashProject(library, projectId);
  expect(await emptyTrash(library)).toBe(2);
  expect([await listTrash(library), listProjects(library, true), await emptyTrash(library)]).toEqual([[], [], 0]);
  expect([existsSync(gone), existsSync(stays)]).toEqual([false, true]);
  expect([indexedWith(library, 'sun'), indexedWith(library, 'moon OR comet')]).toEqual([1, 0]);
  expect(() => library.db.exec("INSERT INTO pair_search (pair_search) VALUES ('integrity-check')")).not.toThrow();
  expect(verifyChain(library).broken).toBeNull();
});

it('gives no new project the labels of a deleted one', async () => {
  const pairs = [newPair(1, false, true, 'a')];
  const { library, projectId, pairIds } = libraryWith(pairs);
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
    { pairId: pairIds[0] ?? 0, field: 'verdict', side: 'a', value: true },
  ]);
  trashProject(library, projectId);
  await emptyTrash(library);
  const next = createProject(library, 'test').id;
  expect(next).toBeGreaterThan(projectId);
  importPairs(library, next, pairs);
  expect(transformCounts(library, next)).toMatchObject({ keptSafeUnsafe: 1, dropped: 0 });
});
