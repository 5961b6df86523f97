import type { ScheduleName } from '../vocabulary/lists.ts';

export interface ScheduleSettings {
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  readonly totalSteps: number;
  readonly warmupSteps: number;
}

/**
 * The learning rate of step `step` (0 for the first): a linear rise over the warm-up, then the schedule down to 0 after
 * the last step. The numbers of Hugging Face's `get_*_schedule_with_warmup`.
 */
export function learningRateAt(
  step: number,
  { schedule, learningRate, totalSteps, warmupSteps }: ScheduleSettings,
): number {
  if (step < warmupSteps) return learningRate * (step / Math.max(1, warmupSteps));
  if (schedule === 'constant') return learningRate;
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  if (schedule === 'linear') return learningRate * Math.max(0, 1 - progress);
  return learningRate * 0.5 * (1 + Math.cos(Math.PI * progress));
}
