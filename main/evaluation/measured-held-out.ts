import type { Library } from '../library/library.ts';
import { getRun, runResult } from '../runs/runs.ts';
import { newestHeldOut } from './evaluation-rows.ts';
import { type HeldOutReport, withIntervals } from './held-out.ts';

/** Held-out preferences of the start model and of the trained one; `null` where nothing was held out. */
export interface MeasuredHeldOut {
  readonly before: HeldOutReport | null;
  readonly after: HeldOutReport | null;
}

/**
 * What is known of a run's held-out preferences: measured at its end, or, where it was stopped before, by its newest
 * evaluation; `null` where neither is there.
 */
export function measuredHeldOut(library: Library, runId: string): MeasuredHeldOut | null {
  const end = runResult(getRun(library, runId))?.heldOut ?? null;
  if (end === null) return newestHeldOut(library, runId);
  return { before: withIntervals(end.before), after: withIntervals(end.after) };
}
