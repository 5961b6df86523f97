import { countSteps } from '../../native-models/text/plan-steps.ts';
import type { RunExtent } from '../../preload/contract/operations/hyperparameters.ts';
import type { Library } from '../library/library.ts';
import { listDatasets } from '../datasets/store/datasets.ts';
import { pairGroups, takenPairs } from '../transform/pair-groups.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/**
 * What a run with these settings would train on, without reading a pair. Where a dataset's weight is not a whole
 * number, its copies are drawn by the seed when the run starts, and `trainingPairs` is what to expect.
 */
export function runExtent(
  library: Library,
  projectId: number,
  settings: Pick<TrainSettings, 'objective' | 'epochs' | 'batchSize' | 'accumulate'>,
): RunExtent {
  const weights = new Map(listDatasets(library, projectId).map(({ id, weight }) => [id, weight]));
  const groups = pairGroups(library, projectId).map((group) => ({
    ...group,
    taken: takenPairs(group, settings.objective),
  }));
  const sum = (heldOut: boolean, weightOf: (datasetId: number) => number): number =>
    Math.round(
      groups
        .filter((group) => group.heldOut === heldOut)
        .reduce((total, { taken, datasetId }) => total + taken * weightOf(datasetId), 0),
    );
  const trainingPairs = sum(false, (datasetId) => weights.get(datasetId) ?? 1);
  return { trainingPairs, heldOutPairs: sum(true, () => 1), steps: countSteps(trainingPairs, settings) };
}
