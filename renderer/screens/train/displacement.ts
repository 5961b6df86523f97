import type { Point } from '../../kit/charts/series.ts';

export interface Displacement {
  /** Since when the chosen answers have been less likely than before training. */
  readonly sinceStep: number;
  /** How much less likely on average over the last steps, in nats per response. */
  readonly nats: number;
}

const windowSteps = 20;
/** Less than this is the noise of small batches. */
const toleranceNats = 1;

/**
 * Likelihood displacement (arXiv 2410.08847): the chosen answers themselves become less likely than under the reference
 * model. `rewards/chosen` is beta times that change, so its trailing mean below `-toleranceNats * beta` is the sign.
 * Returns null while there is none, or fewer steps than a window.
 */
export function findDisplacement(rewardsChosen: readonly Point[], beta: number): Displacement | null {
  if (rewardsChosen.length < windowSteps) return null;
  let since: number | null = null;
  let sum = 0;
  let nats = 0;
  for (const [index, point] of rewardsChosen.entries()) {
    sum += point.y - (rewardsChosen[index - windowSteps]?.y ?? 0);
    if (index < windowSteps - 1) continue;
    nats = -sum / windowSteps / beta;
    if (nats <= toleranceNats) since = null;
    else since ??= point.x;
  }
  return since === null ? null : { sinceStep: since, nats };
}
