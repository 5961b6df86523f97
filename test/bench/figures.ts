import { loadavg } from 'node:os';
import { largestOf } from '../../native-models/extremes.ts';

/** How long something took. */
export interface Time {
  readonly milliseconds: number;
  /** Processor time of this process, which other work on the machine stretches less; not known of another process. */
  readonly processor?: number;
}

/** What was measured, and what its 95th percentile should stay under. */
export interface Figure {
  readonly name: string;
  readonly times: readonly Time[];
  readonly aim?: number;
}

/** Prints a line a figure, in milliseconds, with the aim beside it. */
export function printFigures(figures: readonly Figure[]): void {
  console.table(
    Object.fromEntries(
      figures.map(({ name, times, aim }) => {
        const wall = times.map(({ milliseconds }) => milliseconds);
        const processor = times.flatMap((time) => time.processor ?? []);
        const p95 = percentile(wall, 0.95);
        return [
          name,
          {
            n: wall.length,
            p50: round(percentile(wall, 0.5)),
            p95: round(p95),
            max: round(largestOf(wall)),
            'aim p95': aim ?? '',
            met: aim === undefined ? '' : p95 < aim ? 'yes' : 'NO',
            ...(processor.length > 0 && {
              'processor p50': round(percentile(processor, 0.5)),
              'processor p95': round(percentile(processor, 0.95)),
            }),
          },
        ];
      }),
    ),
  );
}

/** How many processes wanted the processors, over the last minute. */
export function machineLoad(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
}

/** The value that a share of the values does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  return (
    values.toSorted((left, right) => left - right)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN
  );
}

/** The time that `work` takes. */
export function timed(work: () => unknown): Time {
  const before = process.cpuUsage();
  const started = performance.now();
  work();
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { milliseconds, processor: (user + system) / 1000 };
}

function round(milliseconds: number): number {
  return Number(milliseconds.toFixed(1));
}
