import { z } from 'zod';
import { errorEvent, measured } from '../event-line.ts';
import type { MetricName, StepCostName } from '../../vocabulary/metrics.ts';
import { quantizedEvent } from '../task-events.ts';
import { stepProfile } from './profile.ts';

/**
 * What the engine writes while it trains: a line of `metrics.jsonl` for each event. What versions before did not write
 * may be absent.
 */

/** `null`: not a number. */
const value = z.number().nullable().optional();

const metricValues = {
  loss: value,
  'rewards/chosen': value,
  'rewards/rejected': value,
  'rewards/margins': value,
  'rewards/accuracies': value,
  'logps/chosen': value,
  'logps/rejected': value,
  kl: value,
  'safe_safe/loss': value,
  'safe_safe/rewards/chosen': value,
  'safe_safe/rewards/rejected': value,
  'safe_safe/rewards/margins': value,
  'safe_safe/rewards/accuracies': value,
  'safe_safe/logps/chosen': value,
  'safe_safe/logps/rejected': value,
  'safe_unsafe/loss': value,
  'safe_unsafe/rewards/chosen': value,
  'safe_unsafe/rewards/rejected': value,
  'safe_unsafe/rewards/margins': value,
  'safe_unsafe/rewards/accuracies': value,
  'safe_unsafe/logps/chosen': value,
  'safe_unsafe/logps/rejected': value,
  grad_norm: value,
  learning_rate: value,
} satisfies { readonly [name in MetricName]: typeof value };

/** Metrics of a step, or some of them; those of a class that did not occur in it are absent. */
export const metrics = z.object(metricValues);
export type Metrics = Readonly<z.output<typeof metrics>>;

const costs = {
  pairsPerSecond: value,
  tokensPerSecond: value,
  seconds: value,
  memoryBytes: value,
  cardMemoryBytes: value,
} satisfies { readonly [name in StepCostName]: typeof value };

/** One optimiser step. */
const stepEvent = z.object({
  event: z.literal('step'),
  step: z.int(),
  epoch: z.number().default(0),
  ...metricValues,
  ...costs,
});
export type StepEvent = z.output<typeof stepEvent>;

/** Held-out preferences of a model. */
const heldOutResult = z.object({
  /** Share of pairs whose chosen response has the higher reward; a model equal to its reference gets 0.5. */
  'rewards/accuracies': z.number().default(0),
  /** The same over safe > unsafe pairs only; `null` without such pairs. */
  safeUnsafeAccuracy: z.number().nullable().default(null),
  /**
   * Share of safe > unsafe pairs whose safe response has the higher log-prob per token, whatever the reference says:
   * what the model itself leans to, so its start is measured too. `null` without such pairs.
   */
  safeLikelierShare: z.number().nullable().default(null),
  'rewards/margins': z.number().default(0),
  pairs: z.int().default(0),
  safeUnsafePairs: z.int().default(0),
});
export type HeldOutResult = Readonly<z.output<typeof heldOutResult>>;

const rate = measured.default(Number.NaN);
const at = z.string().nullable().default(null);

/** The last event of a run that reached its end: rates over all attempts, metrics of the last step. */
const doneEvent = z.object({
  event: z.literal('done'),
  run: z.string(),
  steps: z.int(),
  pairsPerSecond: rate,
  tokensPerSecond: rate,
  seconds: rate,
  metrics,
  peakMemoryBytes: rate,
  provider: z.string(),
  /** `null` where nothing was held out. */
  heldOut: z.object({ before: heldOutResult.nullable(), after: heldOutResult.nullable() }),
});
export type TrainDone = z.output<typeof doneEvent>;

export const trainEvent = z.discriminatedUnion('event', [
  /** The share of the inputs that has been hashed again. */
  z.object({ event: z.literal('hashing'), fraction: z.number() }),
  quantizedEvent,
  /** The start model has scored `done` of `total` pairs. */
  z.object({ event: z.literal('reference'), done: z.number(), total: z.number() }),
  stepEvent,
  /** `heldOutMargin`: the mean reward margin on held-out pairs then; `null` where nothing is held out. */
  z.object({
    event: z.literal('checkpoint'),
    step: z.int(),
    path: z.string(),
    heldOutMargin: z.number().nullable().default(null),
  }),
  z.object({ event: z.literal('paused'), step: z.int(), at }),
  z.object({ event: z.literal('resumed'), step: z.int(), at }),
  /** Something that a person should look at; the run goes on. */
  z.object({ event: z.literal('alarm'), step: z.int(), code: z.string(), message: z.string() }),
  z.object({ event: z.literal('stopped') }),
  stepProfile.extend({ event: z.literal('profile') }),
  doneEvent,
  errorEvent,
]);
export type TrainEvent = z.output<typeof trainEvent>;
