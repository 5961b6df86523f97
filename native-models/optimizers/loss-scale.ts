import { add, less, maximum, minimum, mul, where } from '../graph/elementwise.ts';
import { type Value, scalar } from '../graph/value.ts';

/** Where dynamic loss scaling stands, each `[1]` float32. */
export interface LossScale {
  /** What the loss is multiplied by before the backward pass. */
  readonly scale: Value;
  /** Updates since the scale last changed. */
  readonly goodUpdates: Value;
}

/** PyTorch's GradScaler: start, growth after so many good updates, and the bounds. */
export const lossScaling = { start: 2 ** 16, growthInterval: 2000, largest: 2 ** 24, smallest: 1 } as const;

/** Whether every gradient that went into this norm `[1]` was a number: an overflow makes it infinite or NaN. */
export function isFinite(gradNorm: Value): Value {
  return less(gradNorm, scalar(gradNorm.dtype, 3e38));
}

/** Halved after an overflow; doubled after enough updates without one (Micikevicius et al., arXiv 1710.03740). */
export function nextLossScale({ scale, goodUpdates }: LossScale, finite: Value): LossScale {
  const number = (value: number): Value => scalar(scale.dtype, value);
  const counted = where(finite, add(goodUpdates, number(1)), number(0));
  const grows = less(number(lossScaling.growthInterval - 0.5), counted);
  const grown = where(grows, minimum(mul(scale, number(2)), number(lossScaling.largest)), scale);
  return {
    scale: where(finite, grown, maximum(mul(scale, number(0.5)), number(lossScaling.smallest))),
    goodUpdates: where(grows, number(0), counted),
  };
}
