import { existsSync, appendFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically, writeFailure } from '../../files/atomic-file.ts';
import { parseEventLine } from '../event-line.ts';
import { type Metrics, type TrainEvent, metrics, trainEvent } from './train-events.ts';

/** `metrics.jsonl` of a run folder: an event on each line. */
export function metricsPath(runFolder: string): string {
  return join(runFolder, 'metrics.jsonl');
}

/** Appends an event, as one write. Throws `disk-full`, `folder-not-writable`. */
export async function appendEvent(runFolder: string, event: TrainEvent): Promise<void> {
  const file = metricsPath(runFolder);
  await appendFile(file, `${JSON.stringify(event)}\n`).catch((error: unknown) => {
    throw writeFailure(file, error);
  });
}

/** {@link appendEvent} at once. */
export function appendEventSync(runFolder: string, event: TrainEvent): void {
  appendFileSync(metricsPath(runFolder), `${JSON.stringify(event)}\n`);
}

const kinds: ReadonlySet<string> = new Set(trainEvent.options.map(({ shape }) => shape.event.value));
const anyEvent = z.looseObject({ event: z.string() });

/**
 * Parses a whole line; `null` for an event that this version does not know. Throws `engine-output-invalid`, which
 * quotes the line.
 */
export function parseTrainEvent(line: string): TrainEvent | null {
  return kinds.has(parseEventLine(anyEvent, line).event) ? parseEventLine(trainEvent, line) : null;
}

interface EventLine {
  readonly line: string;
  /** `null`: one that this version does not know. */
  readonly event: TrainEvent | null;
}

/**
 * The whole lines so far. One cut short, by a kill or a full disk, is left out: the step it reported is done again.
 */
async function readLines(runFolder: string): Promise<readonly EventLine[]> {
  const file = metricsPath(runFolder);
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [{ line, event: parseTrainEvent(line) }];
    } catch {
      return [];
    }
  });
}

/** Events of one attempt at a run, which the next one writes again. */
const ofAttempt: ReadonlySet<TrainEvent['event']> = new Set(['hashing', 'stopped', 'error', 'done']);

/** Drops the events of steps after `step`, which will be done again, and how an earlier attempt ended. */
export async function rewindEvents(runFolder: string, step: number): Promise<void> {
  const kept = (await readLines(runFolder)).filter(
    ({ event }) => event === null || (!ofAttempt.has(event.event) && (!('step' in event) || event.step <= step)),
  );
  await writeAtomically(metricsPath(runFolder), [Buffer.from(kept.map(({ line }) => `${line}\n`).join(''))]);
}

/** How fast a run goes, averaged over `seconds` of training: pauses and the time between attempts do not count. */
export interface Rates {
  readonly pairsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly seconds: number;
}

/** The rates and metrics of the last `step` event; zero and empty before the first. */
export async function lastStep(runFolder: string): Promise<{ readonly rates: Rates; readonly metrics: Metrics }> {
  const steps = (await readLines(runFolder)).flatMap(({ event }) => (event?.event === 'step' ? [event] : []));
  const last = steps.at(-1);
  if (last === undefined) return { rates: { pairsPerSecond: 0, tokensPerSecond: 0, seconds: 0 }, metrics: {} };
  const { pairsPerSecond, tokensPerSecond, seconds } = last;
  return {
    rates: { pairsPerSecond: pairsPerSecond ?? 0, tokensPerSecond: tokensPerSecond ?? 0, seconds: seconds ?? 0 },
    metrics: metrics.parse(last),
  };
}
