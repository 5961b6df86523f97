import { z } from 'zod';
import { type ErrorEvent, errorEvent, measured, parseEventLine } from './event-line.ts';
import type { TaskName } from './tasks.ts';

/**
 * What each short task of the engine writes: one JSON line for each event, `done` last, or `error`. The engine writes
 * these types and its services parse each line once, by the schema of the task.
 */

/** The int4 form of a model is being made: `done` of `total` tensors. */
export const quantizedEvent = z.object({ event: z.literal('quantized'), done: z.number(), total: z.number() });
export type QuantizedEvent = z.output<typeof quantizedEvent>;

const progressEvent = z.object({ event: z.literal('progress'), done: z.number(), total: z.number() });

/** The summed log-prob of a row's completion in nats, and the completion's tokens. Rows come in their order. */
const rowEvent = z.object({ event: z.literal('row'), index: z.int(), logp: measured, tokens: z.int() });

/** An answer to a prompt. Answers come in the order of the prompts. */
const answerEvent = z.object({
  event: z.literal('answer'),
  index: z.int(),
  text: z.string(),
  ids: z.array(z.int()).readonly(),
  /** Ended by the model, not by the limit of new tokens. */
  finished: z.boolean(),
});

/** Bytes of tensor data that an export has written so far. */
const writtenEvent = z.object({ event: z.literal('written'), bytes: z.number(), plannedBytes: z.number() });
export type WrittenEvent = z.output<typeof writtenEvent>;

/** How long the steps of a run will take; reference log-probs, checkpoints and evaluation come on top. */
const stepTimes = z.object({
  steps: z.int(),
  measuredSteps: z.int(),
  secondsPerStep: z.number(),
  seconds: z.number(),
  /** The least and the most that any two of the measured steps give. */
  secondsLow: z.number(),
  secondsHigh: z.number(),
  tokensPerSecond: z.number(),
});
export type StepTimes = z.output<typeof stepTimes>;

const done = z.object({ event: z.literal('done') });
const rate = { seconds: z.number(), tokensPerSecond: measured };

const schemas = {
  score: z.discriminatedUnion('event', [
    quantizedEvent,
    progressEvent,
    rowEvent,
    done.extend({ rows: z.int(), ...rate }),
  ]),
  'score-onnx': z.discriminatedUnion('event', [
    progressEvent,
    rowEvent,
    /**
     * `cachedDifference`: the largest difference, in nats, of a next token's log-probs between a step with the cache
     * and the whole text at once.
     */
    done.extend({ rows: z.int(), cachedDifference: measured }),
  ]),
  generate: z.discriminatedUnion('event', [quantizedEvent, answerEvent, done.extend({ prompts: z.int(), ...rate })]),
  export: z.discriminatedUnion('event', [
    writtenEvent,
    z.object({ event: z.literal('file'), name: z.string(), bytes: z.number() }),
    done.extend({ format: z.string(), out: z.string(), files: z.int() }),
  ]),
  'check-weights': z.discriminatedUnion('event', [
    progressEvent,
    /** `values` numbers were compared, of `ofValues` there are. */
    done.extend({ tensors: z.int(), values: z.number(), ofValues: z.number() }),
  ]),
  'self-test': z.discriminatedUnion('event', [
    /** `flopsPerSecond` of plain float32 products. */
    done.extend({ provider: z.string(), usable: z.boolean(), maxRelativeError: measured, flopsPerSecond: z.number() }),
  ]),
  'time-steps': z.discriminatedUnion('event', [
    quantizedEvent,
    z.object({ event: z.literal('timed'), done: z.int(), total: z.int() }),
    done.extend(stepTimes.shape),
  ]),
};

/** The events of each task, by its name. */
export type TaskEvents = { readonly [Name in TaskName]: z.output<(typeof schemas)[Name]> };

/** The last event of a task that succeeded. */
export type TaskDone<Name extends TaskName> = Extract<TaskEvents[Name], { readonly event: 'done' }>;

const eventsOf: { readonly [Name in TaskName]: z.ZodType<TaskEvents[Name]> } = schemas;

/** Parses one line that a task wrote. Throws `engine-output-invalid`, which quotes the line. */
export function parseTaskEvent<Name extends TaskName>(name: Name, line: string): TaskEvents[Name] | ErrorEvent {
  return parseEventLine(z.union([errorEvent, eventsOf[name]]), line);
}
