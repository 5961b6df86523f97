import { expect, it } from 'vitest';
import { listDatasets, trashDataset } from '../datasets/store/datasets.ts';
import { importPairs, libraryWith, newPair } from '../datasets/store/library.fixture.ts';
import type { Library } from '../library/library.ts';
import { emptyTrash } from '../trash/trash.ts';
import { editLabels, type LabelEdit } from './edit.ts';
import { exportLabels } from './export-labels.ts';
import { importLabels } from './import-labels.ts';
import { replayLabels } from './replay.ts';
import { stateStore } from './state.ts';
import { redoLabels, undoLabels } from './undo.ts';
import { verifyChain } from './verify.ts';

const ann = { reviewer: 'Ann', reason: '' };
const stays = [newPair(1, false, false, 'a', 'sun'), newPair(2, false, false, 'a', 'moon')];
const goes = [newPair(1, false, false, 'a', 'comet'), newPair(2, false, false, 'a', 'star')];

function unsafe(pairId: number): LabelEdit {
  return { pairId, field: 'verdict', side: 'a', value: true };
}

function pairIdsOf({ db }: Library, datasetId: number): number[] {
  return db.prepare<[number], number>('SELECT id FROM pairs WHERE dataset_id = ? ORDER BY id').pluck().all(datasetId);
}

/**
 * Ann labels two pairs, then one that stays and two that go in one group, then one that goes; then the second dataset
 * is deleted.
 */
async function withDeletedPairs(): Promise<{ library: Library; projectId: number; pairIds: number[] }> {
  const { library, projectId, pairIds } = libraryWith(stays);
  const second = importPairs(library, projectId, goes);
  const [third = 0, fourth = 0] = pairIdsOf(library, second);
  const [first = 0, other = 0] = pairIds;
  editLabels(library, projectId, ann, [unsafe(first)]);
  editLabels(library, projectId, ann, [unsafe(other), unsafe(third), unsafe(fourth)]);
  editLabels(library, projectId, ann, [{ pairId: third, field: 'flag', value: true }]);
  trashDataset(library, second);
  await emptyTrash(library);
  return { library, projectId, pairIds };
}

it('undo and redo pass groups whose pairs were deleted, count those as kept, and keep the log intact', async () => {
  const { library, projectId, pairIds } = await withDeletedPairs();
  const [first = 0, other = 0] = pairIds;
  const read = (): (boolean | null | undefined)[] => [first, other].map((id) => stateStore(library).read(id)?.a.unsafe);
  expect(undoLabels(library, projectId, 'Ann')).toMatchObject({ events: 1, kept: 1, pairIds: [] });
  expect(undoLabels(library, projectId, 'Ann')).toMatchObject({ events: 3, kept: 2, pairIds: [other] });
  expect(undoLabels(library, projectId, 'Ann')).toMatchObject({ events: 1, kept: 0, pairIds: [first] });
  expect(undoLabels(library, projectId, 'Ann').group).toBeNull();
  expect(read()).toEqual([false, false]);
  expect(
    [1, 2, 3, 4].map(() => redoLabels(library, projectId, 'Ann')).map(({ events, kept }) => [events, kept]),
  ).toEqual([
    [1, 0],
    [3, 2],
    [1, 1],
    [0, 0],
  ]);
  expect(read()).toEqual([true, true]);
  expect(verifyChain(library).broken).toBeNull();
  expect(replayLabels(library, projectId)).toEqual([]);
});

it('what was kept holds again when the file is imported anew', async () => {
  const { library, projectId } = await withDeletedPairs();
  undoLabels(library, projectId, 'Ann');
  undoLabels(library, projectId, 'Ann');
  const [third = 0, fourth = 0] = pairIdsOf(library, importPairs(library, projectId, goes));
  expect([third, fourth].map((id) => stateStore(library).read(id)?.a.unsafe)).toEqual([true, true]);
  expect(stateStore(library).read(third)?.flagged).toBe(true);
  expect(verifyChain(library).broken).toBeNull();
  expect(replayLabels(library, projectId)).toEqual([]);
});

it('an export leaves out what was said of deleted pairs, so that another library can take the rest', async () => {
  const { library, projectId } = await withDeletedPairs();
  undoLabels(library, projectId, 'Ann');
  undoLabels(library, projectId, 'Ann');
  const file = [...exportLabels(library, projectId, 'jsonl')].join('');
  const other = libraryWith(stays);
  expect(importLabels(other.library, other.projectId, file, 'jsonl')).toMatchObject({ pairs: 2, events: 3 });
  expect([...exportLabels(other.library, other.projectId, 'jsonl')].join('')).toBe(file);
});

it('an honest log stays intact when a dataset is deleted and another one is imported', async () => {
  const { library, projectId } = libraryWith(stays);
  for (const { id } of listDatasets(library, projectId)) trashDataset(library, id);
  await emptyTrash(library);
  importPairs(library, projectId, goes);
  expect(verifyChain(library).broken).toBeNull();
});
