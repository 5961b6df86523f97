import { z } from 'zod';
import { Failure, type FailureKind, type JsonValue, exitCodes, failed } from '../failure.ts';

/** A number. JSON has no word for what is not one: it is written as `null` and read as `NaN`. */
export const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const json: z.ZodType<JsonValue> = z.json();

/** Why the engine failed; its last event then. The exit code of its process is left out in `metrics.jsonl`. */
export const errorEvent = z.object({
  event: z.literal('error'),
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), json).default({}) }),
  exitCode: z.number().optional(),
});
export type ErrorEvent = z.output<typeof errorEvent>;

/** Parses one line of the engine's output. Throws `engine-output-invalid`, which quotes the line. */
export function parseEventLine<Event>(schema: z.ZodType<Event>, line: string): Event {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw failed(
      'engine-output-invalid',
      `The engine wrote a line that is no event: ${line.slice(0, 200)}`,
      { line: line.slice(0, 200) },
      { cause: error },
    );
  }
}

const kinds: readonly FailureKind[] = ['input', 'capacity', 'interrupted'];

/** The failure that an `error` event reports; its exit code says what kind it is. */
export function failureOf({ error: { code, message, details }, exitCode }: ErrorEvent): Failure {
  return new Failure(kinds.find((kind) => exitCodes[kind] === exitCode) ?? 'internal', code, message, details);
}
