import { z } from 'zod';
import { Failure, failed, type FailureKind, type JsonValue } from '../../native-models/failure.ts';

/** One JSON line of the engine. */
export interface EngineEvent {
  readonly event: string;
  readonly [field: string]: JsonValue;
}

const json: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
);
const eventSchema = z.record(z.string(), json).and(z.object({ event: z.string() }));
const errorSchema = z.looseObject({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), json).default({}),
});

/** Parses one line. Throws `engine-output-invalid`, which quotes the line. */
export function parseEngineEvent(line: string): EngineEvent {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch (error) {
    throw failed(
      'engine-output-invalid',
      `The engine wrote a line that is no event: ${line.slice(0, 200)}`,
      { line: line.slice(0, 200) },
      { cause: error },
    );
  }
}

const kinds: { readonly [exitCode: number]: FailureKind } = { 2: 'input', 3: 'capacity', 130: 'interrupted' };

/** The failure that an `error` event reports; its exit code says what kind it is. */
export function failureOf(event: EngineEvent): Failure {
  const { code, message, details } = errorSchema.parse(event['error']);
  const kind = typeof event['exitCode'] === 'number' ? (kinds[event['exitCode']] ?? 'internal') : 'internal';
  return new Failure(kind, code, message, details);
}
