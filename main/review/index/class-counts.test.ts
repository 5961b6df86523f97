import { expect, test } from 'vitest';
import { setSplit } from '../../projects/split.ts';
import { defaultSettings } from '../../runs/settings.ts';
import { runExtent } from '../../runs/extent.ts';
import { pairCounts } from '../../transform/counts.ts';
import { usablePairs } from '../../../preload/contract/pair-counts.ts';
import { libraryWith, newPair } from '../../datasets/store/library.fixture.ts';
import { classCounts } from './class-counts.ts';

const pairs = Array.from({ length: 60 }, (_, index) => {
  const [a, b, preferred] = [
    [false, true, 'a'],
    [true, false, 'a'],
    [false, false, 'b'],
    [true, true, 'a'],
    [null, false, 'a'],
  ][index % 5] ?? [null, null, null];
  const verdict = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);
  return newPair(index + 1, verdict(a), verdict(b), preferred === 'b' ? 'b' : 'a');
});

test('Data, Review, Settings and the command line count the same pairs', () => {
  const { library, projectId } = libraryWith(pairs);
  setSplit(library, projectId, { heldOutShare: 0.3, seed: 7 });
  const counts = classCounts(library, projectId);
  expect(counts).toEqual(pairCounts(library, projectId));
  expect(counts).toMatchObject({ total: 60, dropped: 12, waiting: 12 });
  const { trainingPairs, heldOutPairs } = runExtent(library, projectId, defaultSettings({ hiddenSize: 64 }));
  expect([usablePairs(counts) - counts.heldOut, counts.heldOut]).toEqual([trainingPairs, heldOutPairs]);
  expect([trainingPairs + heldOutPairs, heldOutPairs > 0]).toEqual([36, true]);
});
