import { z } from 'zod';
import type { FailureKind, JsonValue } from '../../native-models/failure.ts';

/** What the watchdog is told: whether a piece is being worked on. */
export type Watch = 'working' | 'resting';

const json: z.ZodType<JsonValue> = z.json();
const kind: z.ZodType<FailureKind> = z.enum(['input', 'capacity', 'internal', 'interrupted']);

const failure = z.object({ kind, code: z.string(), message: z.string(), details: z.record(z.string(), json) });

/**
 * One message of the reading process: a sign that it goes on with a long piece, the piece, or how the answer ended.
 * `spent`: it holds on to so much memory that the next question had better go to a new one.
 */
export const replySchema = z.union([
  z.object({ alive: z.literal(true) }),
  z.object({ piece: z.unknown() }),
  z.object({ end: z.union([z.literal('complete'), failure, z.object({ bug: z.string() })]), spent: z.boolean() }),
]);
export type Reply = z.output<typeof replySchema>;

export const signMilliseconds = 1000;

/**
 * What a process may take. `processorSeconds` without coming to its senses: time of the processor, as a slow disk or a
 * busy machine is nobody's fault. `seconds` until a page has its answer. Beyond `keptBytes` it is given up after an
 * answer.
 */
export const limits = {
  processorSeconds: 10,
  seconds: 60,
  memoryBytes: 640 * 1024 * 1024,
  heapMegabytes: 512,
  keptBytes: 384 * 1024 * 1024,
} as const;

/** The signals by which the process ends itself, and thereby says why. */
export const tooMuchMemory = 'SIGUSR2';
export const tooLong = 'SIGXCPU';
