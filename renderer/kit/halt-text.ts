import type { RunProgress } from '../../preload/contract/operations/runs.ts';
import { formatCount } from './format.ts';

/**
 * Where a run stands that did not reach its end, whatever its name promises: `stopped at step 136 of 600, epoch 4.5`;
 * `null` for one that is done or goes on.
 */
export function haltText({
  state,
  step,
  steps,
  epoch,
}: Pick<RunProgress, 'state' | 'step' | 'steps' | 'epoch'>): string | null {
  if (state !== 'stopped' && state !== 'paused' && state !== 'failed') return null;
  return `${state} at step ${formatCount(step)} of ${formatCount(steps)}, epoch ${epoch.toFixed(1)}`;
}

/** The name of a run, and where it ended if that was before its end. */
export function runTitle({ name, progress }: { readonly name: string; readonly progress: RunProgress }): string {
  const halt = haltText(progress);
  return halt === null ? name : `${name} (${halt})`;
}
