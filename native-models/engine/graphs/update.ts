import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { div, where } from '../../graph/elementwise.ts';
import { type Value, withScope } from '../../graph/value.ts';
import { type AdamWSettings, type AdamWState, type AdamWStep, adamW } from '../../optimizers/adamw.ts';
import { type LossScale, isFinite, nextLossScale } from '../../optimizers/loss-scale.ts';

export interface Updated extends AdamWState {
  /** `[1]`, before clipping; not finite after an overflow. */
  readonly gradNorm: Value;
  readonly lossScale: LossScale | null;
}

/**
 * AdamW on the flat state. With a loss scale the gradient is divided by it first, and an update whose gradient
 * overflowed leaves parameters and moments as they are.
 */
export function update(
  state: AdamWState,
  gradient: Value,
  step: AdamWStep,
  lossScale: LossScale | null,
  settings: { readonly optimizer: AdamWSettings; readonly trained: TrainedParameters },
): Updated {
  return withScope('optimizer', () => {
    const decayed = settings.trained.layout.tensors
      .filter(({ decays }) => decays)
      .reduce((sum, tensor) => sum + tensor.size, 0);
    if (lossScale === null) return { ...adamW(state, gradient, step, settings.optimizer, decayed), lossScale };
    const next = adamW(state, div(gradient, lossScale.scale), step, settings.optimizer, decayed);
    const finite = isFinite(next.gradNorm);
    return { ...choose(finite, next, state), gradNorm: next.gradNorm, lossScale: nextLossScale(lossScale, finite) };
  });
}

/** `condition [1] ? next : present`, for each of the three vectors. */
export function choose(condition: Value, next: AdamWState, present: AdamWState): AdamWState {
  return {
    parameters: where(condition, next.parameters, present.parameters),
    firstMoment: where(condition, next.firstMoment, present.firstMoment),
    secondMoment: where(condition, next.secondMoment, present.secondMoment),
  };
}
