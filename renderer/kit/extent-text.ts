import type { RunExtent } from '../../preload/contract/operations/hyperparameters.ts';
import { formatCount } from './format.ts';

/** How many pairs a run would take, in the words of the Data and Review steps: `474 pairs to train on, 66 held out`. */
export function extentText({ trainingPairs, heldOutPairs }: Pick<RunExtent, 'trainingPairs' | 'heldOutPairs'>): string {
  const heldOut = heldOutPairs === 0 ? '' : `, ${formatCount(heldOutPairs)} held out`;
  return `${formatCount(trainingPairs)} ${trainingPairs === 1 ? 'pair' : 'pairs'} to train on${heldOut}`;
}
