import { expect, it } from 'vitest';
import { editLabels } from '../../labels/edit.ts';
import { replayLabels } from '../../labels/replay.ts';
import { verifyChain } from '../../labels/verify.ts';
import { transformCounts } from '../../transform/counts.ts';
import { getDataset, listDatasets, restoreDataset, trashDataset } from './datasets.ts';
import { importPairs, libraryWith, newPair } from './library.fixture.ts';
import { indexAllForSearch } from './search.ts';

const pairs = [newPair(1, false, true, 'a', 'moon'), newPair(2, false, true, 'a', 'sun')];

it('imports a file anew whose dataset is in the trash, with what people said of its pairs', () => {
  const { library, projectId, pairIds } = libraryWith(pairs);
  const [first = { id: 0 }] = listDatasets(library, projectId);
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
    { pairId: pairIds[0] ?? 0, field: 'verdict', side: 'a', value: true },
  ]);
  trashDataset(library, first.id);
  const second = importPairs(library, projectId, pairs);
  expect(getDataset(library, second)).toMatchObject({ accepted: 2, duplicates: 0 });
  expect(transformCounts(library, projectId)).toMatchObject({ total: 2, dropped: 1, keptSafeUnsafe: 1 });
  expect(replayLabels(library, projectId)).toEqual([]);
  expect(verifyChain(library).broken).toBeNull();
  expect(() => restoreDataset(library, first.id)).toThrowError(
    expect.objectContaining({ code: 'dataset-imported-again' }),
  );
});

it('gives a restored dataset the labels its pairs got meanwhile', () => {
  const { library, projectId } = libraryWith(pairs);
  const [first = { id: 0 }] = listDatasets(library, projectId);
  trashDataset(library, first.id);
  const second = importPairs(library, projectId, pairs);
  const edited =
    library.db.prepare<[number], number>('SELECT min(id) FROM pairs WHERE dataset_id = ?').pluck().get(second) ?? 0;
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
    { pairId: edited, field: 'verdict', side: 'a', value: true },
  ]);
  trashDataset(library, second);
  restoreDataset(library, first.id);
  expect(transformCounts(library, projectId)).toMatchObject({ total: 2, dropped: 1 });
  expect(replayLabels(library, projectId)).toEqual([]);
});

it('tells how far the search index is', async () => {
  const { library } = libraryWith(pairs);
  const steps: unknown[] = [];
  await indexAllForSearch(library, { onProgress: (progress) => steps.push(progress) });
  expect(steps).toEqual([{ done: 2, total: 2 }]);
});
