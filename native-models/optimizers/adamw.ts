import { joinFlat } from '../parameters/parameters.ts';
import { add, div, minimum, mul, sqrt, sub } from '../graph/elementwise.ts';
import { reduceSum } from '../graph/contraction.ts';
import { slice } from '../graph/layout.ts';
import { type Value, scalar } from '../graph/value.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 0 switches clipping off. */
  readonly maxGradNorm: number;
}

/** Numbers that change from step to step, fed as `[1]`. */
export interface AdamWStep {
  readonly learningRate: Value;
  /** 1 − beta1^t */
  readonly correction1: Value;
  /** 1 − beta2^t */
  readonly correction2: Value;
}

export interface AdamWState {
  /** Flat vectors of one length: parameters, first and second moment. */
  readonly parameters: Value;
  readonly firstMoment: Value;
  readonly secondMoment: Value;
}

/**
 * One AdamW step with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, in PyTorch's order of operations)
 * on flat vectors; the first `decayed` elements decay. The gradient is scaled down to `maxGradNorm` first, with
 * PyTorch's `norm + 1e-6`. Returns the new state and the norm before clipping `[1]`.
 */
export function adamW(
  state: AdamWState,
  gradient: Value,
  step: AdamWStep,
  settings: AdamWSettings,
  decayed: number,
): AdamWState & { readonly gradNorm: Value } {
  const { dtype } = gradient;
  const number = (value: number): Value => scalar(dtype, value);
  const gradNorm = sqrt(reduceSum(mul(gradient, gradient), { axes: [0], keepDims: true }));
  const factor = minimum(div(number(settings.maxGradNorm), add(gradNorm, number(1e-6))), number(1));
  const clipped = settings.maxGradNorm === 0 ? gradient : mul(gradient, factor);
  const firstMoment = add(mul(state.firstMoment, number(settings.beta1)), mul(clipped, number(1 - settings.beta1)));
  const secondMoment = add(
    mul(state.secondMoment, number(settings.beta2)),
    mul(mul(clipped, clipped), number(1 - settings.beta2)),
  );
  const denominator = add(div(sqrt(secondMoment), sqrt(step.correction2)), number(settings.epsilon));
  const shrunk = decay(
    state.parameters,
    mul(step.learningRate, number(settings.weightDecay)),
    settings.weightDecay === 0 ? 0 : decayed,
  );
  const parameters = sub(shrunk, mul(div(step.learningRate, step.correction1), div(firstMoment, denominator)));
  return { parameters, firstMoment, secondMoment, gradNorm };
}

/** The first `decayed` parameters times `1 − rate`. */
function decay(parameters: Value, rate: Value, decayed: number): Value {
  if (decayed === 0) return parameters;
  const size = Number(parameters.shape[0]);
  const shrunk = mul(slice(parameters, 0, 0, decayed), sub(scalar(parameters.dtype, 1), rate));
  return decayed === size ? shrunk : joinFlat([shrunk, slice(parameters, 0, decayed, size)]);
}
