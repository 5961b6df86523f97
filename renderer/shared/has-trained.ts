import type { RunSummary } from '../../preload/contract/operations/runs.ts';

/** Whether a run has something to evaluate and export: a checkpoint after at least one step. */
export function hasTrained({ progress }: Pick<RunSummary, 'progress'>): boolean {
  return (progress.lastCheckpointStep ?? 0) > 0;
}
