import { add, exp, log, maximum, neg, abs, sub } from '../graph/elementwise.ts';
import { type Value, scalar } from '../graph/value.ts';

/** Summed log-probabilities of the two responses, `[pairs]` each. */
export interface PairLogps {
  readonly chosen: Value;
  readonly rejected: Value;
}

export interface ObjectiveInputs {
  readonly policy: PairLogps;
  /** Of the frozen start model. */
  readonly reference: PairLogps;
  /** Response lengths in tokens, `[pairs]`. */
  readonly tokens: PairLogps;
  /**
   * `(h̃_l − h̃_w) · delta` of each pair, `[pairs]`: delta where the rejected response is unsafe and the chosen one
   * safe, else 0.
   */
  readonly offset: Value;
}

export interface ObjectiveSettings {
  readonly beta: number;
  readonly labelSmoothing: number;
}

/** A loss on preference pairs. Which pairs it is given is the transform's business. */
export interface Objective {
  readonly name: string;
  /** Needs the reference model's log-probabilities. */
  readonly usesReference: boolean;
  /** Looks at the rejected response. */
  readonly usesRejected: boolean;
  /** The loss of each pair, `[pairs]`. */
  readonly losses: (inputs: ObjectiveInputs, settings: ObjectiveSettings) => Value;
}

/** `h`: how much more than the reference the policy prefers chosen to rejected, in nats. */
export function logRatioGap({ policy, reference }: Pick<ObjectiveInputs, 'policy' | 'reference'>): Value {
  return sub(sub(policy.chosen, reference.chosen), sub(policy.rejected, reference.rejected));
}

/** `−log σ(x)` = softplus(−x), stable for any x. */
export function negativeLogSigmoid(x: Value): Value {
  const one = scalar(x.dtype, 1);
  return add(maximum(neg(x), scalar(x.dtype, 0)), log(add(one, exp(neg(abs(x))))));
}
