import type { Client } from '../../../preload/contract/client.ts';
import type {
  RunDetail,
  RunEvent,
  RunProgress,
  SampleAnswer,
  StepMetrics,
} from '../../../preload/contract/operations/runs.ts';
import { extendTrend, type Point } from '../../kit/charts/series.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';
import type { ChartMetric } from './run-charts.ts';

/** One run as it goes: its curves, its state, its samples. Curves grow in place; `version` says when to look again. */
export class RunView {
  readonly detail = new Loaded<RunDetail>();
  readonly samples = new Loaded<readonly SampleAnswer[]>();
  readonly events = new Loaded<readonly RunEvent[]>();
  progress = $state.raw<RunProgress | null>(null);
  error = $state.raw<unknown>(null);
  version = $state(0);
  lastStep = $state.raw<StepMetrics | null>(null);
  readonly #curves = new Map<string, { readonly points: Point[]; readonly trend: Point[] }>();
  readonly #client: Client;
  readonly #runId: string;

  constructor(client: Client, runId: string) {
    this.#client = client;
    this.#runId = runId;
  }

  /** Follows the run; a page that was closed gets every step again. Returns the function that stops it. */
  start(): () => void {
    const runId = this.#runId;
    const failed = (error: unknown): void => {
      this.error = error;
    };
    void this.#read();
    const stops = [
      this.#client.runs.metricsFeed({ runId }, { next: (step) => this.#take(step), error: failed }),
      this.#client.runs.progressFeed({ runId }, { next: (progress) => this.#follow(progress), error: failed }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** The points of a metric; the same array for as long as the run is shown. */
  points(metric: ChartMetric): Point[] {
    return this.#curve(metric).points;
  }

  /** The smoothed course of a metric; the same array for as long as the run is shown. */
  trend(metric: ChartMetric): Point[] {
    return this.#curve(metric).trend;
  }

  #curve(metric: string): { readonly points: Point[]; readonly trend: Point[] } {
    const known = this.#curves.get(metric);
    if (known !== undefined) return known;
    const fresh = { points: [], trend: [] };
    this.#curves.set(metric, fresh);
    return fresh;
  }

  async #read(): Promise<void> {
    const runId = this.#runId;
    await Promise.all([this.detail.load(() => this.#client.runs.get({ runId })), this.#readBeside()]);
  }

  /** What is told beside the steps: it grows at checkpoints, pauses and alarms. */
  async #readBeside(): Promise<void> {
    const runId = this.#runId;
    await Promise.all([
      this.samples.load(() => this.#client.runs.samples({ runId })),
      this.events.load(() => this.#client.runs.events({ runId })),
    ]);
  }

  #take(step: StepMetrics): void {
    const { memoryBytes, ...others } = step.values;
    const memoryGibibytes = typeof memoryBytes === 'number' ? memoryBytes / 1024 ** 3 : null;
    for (const [metric, value] of Object.entries({ ...others, memoryGibibytes })) {
      if (typeof value !== 'number') continue;
      const { points, trend } = this.#curve(metric);
      points.push({ x: step.step, y: value });
      extendTrend(trend, points);
    }
    this.lastStep = step;
    this.version += 1;
  }

  #follow(progress: RunProgress): void {
    const before = this.progress;
    this.progress = progress;
    const changed =
      progress.lastCheckpointStep !== before?.lastCheckpointStep ||
      progress.state !== before.state ||
      progress.alarm?.code !== before.alarm?.code;
    if (before !== null && changed) void this.#readBeside();
  }
}
