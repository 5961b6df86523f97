import { add, exp, log, maximum, neg, abs, sub } from '../graph/elementwise.ts';
import { type Value, scalar } from '../graph/value.ts';
import type { PairClass } from '../vocabulary/lists.ts';
import type { ObjectiveName, objectiveFacts } from '../vocabulary/objectives.ts';
import type { TrainSettings } from '../vocabulary/settings.ts';

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
  /** What the objective's own `offset` gives for each pair, `[pairs]`. */
  readonly offset: Value;
}

/** The settings that an objective lists as its own. */
export type ObjectiveSettings<Name extends ObjectiveName> = Pick<
  TrainSettings,
  (typeof objectiveFacts)[Name]['settings'][number]
>;

/**
 * The loss of the objective `Name` on preference pairs. It sees the settings that its entry in
 * `vocabulary/objectives.ts` lists, and the pairs that the rule named there takes.
 */
export interface Objective<Name extends ObjectiveName> {
  /** Needs the reference model's log-probabilities. */
  readonly usesReference: boolean;
  /** Looks at the rejected response. */
  readonly usesRejected: boolean;
  /** `offset` of its inputs for one pair; 0 for every pair where it is left out. */
  readonly offset?: (pairClass: PairClass, settings: ObjectiveSettings<Name>) => number;
  /** The loss of each pair, `[pairs]`. */
  readonly losses: (inputs: ObjectiveInputs, settings: ObjectiveSettings<Name>) => Value;
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
