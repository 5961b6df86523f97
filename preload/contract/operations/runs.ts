import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query, stream } from '../operation.ts';
import type { Estimate, ErrorView, JsonValue } from '../views.ts';
import type { BeforeAfter } from './evaluation.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import { trainSettingsSchema } from '../../../native-models/vocabulary/settings-schema.ts';
import type { StepValueName } from '../../../native-models/vocabulary/metrics.ts';

export type RunState = 'starting' | 'running' | 'pausing' | 'paused' | 'stopping' | 'stopped' | 'done' | 'failed';

/** One optimiser step; metrics of a class of pairs that did not occur in it are absent, `null` is not a number. */
export interface StepMetrics {
  readonly step: number;
  readonly epoch: number;
  readonly values: { readonly [name in StepValueName]?: number | null | undefined };
}

export interface RunProgress {
  readonly runId: string;
  readonly name: string;
  readonly state: RunState;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly pairsPerSecond: number | null;
  readonly tokensPerSecond: number | null;
  readonly memoryBytes: number | null;
  readonly secondsLeft: number | null;
  /** What is wrong with the graphics card now. */
  readonly alarm: { readonly code: string; readonly message: string } | null;
  /** Before the first step: of how many pairs the start model's log-probs are known. */
  readonly reference: { readonly done: number; readonly total: number } | null;
  readonly lastCheckpointStep: number | null;
  /** The engine's last sign of life. */
  readonly heartbeatAt: string | null;
  readonly error: ErrorView | null;
}

export interface RunSummary {
  readonly id: string;
  readonly projectId: number;
  readonly projectName: string;
  readonly name: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly trashedAt: string | null;
  readonly objective: string;
  readonly provider: string;
  /** `null` where the run's folder cannot be read; `progress.error` says why. */
  readonly pairs: number | null;
  readonly progress: RunProgress;
  /** The last values there are. */
  readonly final: { readonly [name in StepValueName | 'epoch']?: number | null | undefined };
  /** What a person wrote about it. */
  readonly notes: string;
}

export interface RunDetail extends RunSummary {
  readonly settings: TrainSettings;
  /** What the settings' precision came to on this machine, and why. */
  readonly precision: { readonly name: string; readonly compute: string; readonly reason: string };
  readonly snapshotSha256: string;
  readonly labelsHead: string;
  readonly heldOutPairs: number;
  readonly versions: { readonly [part: string]: string };
  /** Whether the same seed gives the same bytes with this provider. */
  readonly deterministic: boolean;
}

/** Something that happened to a run beside its steps. */
export interface RunEvent {
  readonly step: number;
  readonly kind: 'checkpoint' | 'paused' | 'resumed' | 'alarm';
  /** Of a checkpoint: the mean reward margin on held-out pairs then. */
  readonly heldOutMargin: number | null;
  /** Of a pause or its end. */
  readonly at: string | null;
  /** Of an alarm: what was wrong with the graphics card. */
  readonly message: string | null;
}

/** An answer to the same prompt by the start model and at a step of the run. */
export interface SampleAnswer {
  readonly step: number;
  readonly prompt: string;
  readonly base: string;
  readonly current: string;
}

/** The newest evaluation of a run, as far as its answers go. */
export interface ComparedAnswers {
  readonly runId: string;
  readonly prompts: number;
  /** Equal for runs whose models were asked the same prompts in the same way. */
  readonly asked: string;
  readonly metrics: { readonly [metric: string]: BeforeAfter };
}

export interface RunComparison {
  readonly runs: readonly RunSummary[];
  /**
   * How many pairs each step of a run takes, by run in the order asked; curves are laid over each other by pairs seen.
   */
  readonly pairsPerStep: readonly number[];
  /** Only the settings that differ, each with a value per run in the order asked. */
  readonly differences: readonly { readonly setting: string; readonly values: readonly JsonValue[] }[];
  readonly heldOut: readonly { readonly runId: string; readonly metrics: { readonly [metric: string]: Estimate } }[];
  /** From the newest evaluation of each run that has one. */
  readonly answers: readonly ComparedAnswers[];
}

const run = z.strictObject({ runId: field.runId });

export const runs = {
  list: query<readonly RunSummary[]>()(z.strictObject({ projectId: field.projectId.nullable(), trashed: z.boolean() })),
  get: query<RunDetail>()(run),
  start: command<RunSummary>()(
    z.strictObject({ projectId: field.projectId, name: field.name.nullable(), settings: trainSettingsSchema }),
  ),
  /** Finishes the step, writes a checkpoint and waits. */
  pause: command<RunSummary>()(run),
  /** Goes on from the last good checkpoint, whatever ended the run. */
  resume: command<RunSummary>()(run),
  /** Writes a checkpoint and ends. */
  stop: command<RunSummary>()(run),
  /** Steps after `afterStep`, oldest first. */
  metrics: query<readonly StepMetrics[]>()(
    run.extend({ afterStep: z.int().min(0).max(1e9), limit: z.int().min(1).max(50_000) }),
  ),
  /** Every step, numbered by its place in the run's history, so a reopened page misses nothing. */
  metricsFeed: stream<StepMetrics>('all')(run),
  progressFeed: stream<RunProgress>('latest')(run),
  /** Progress of all runs that are not at rest. */
  activityFeed: stream<readonly RunProgress[]>('latest')(field.nothing),
  /** Checkpoints, pauses and resumes so far, in order. */
  events: query<readonly RunEvent[]>()(run),
  samples: query<readonly SampleAnswer[]>()(run),
  compare: query<RunComparison>()(z.strictObject({ runIds: z.array(field.runId).min(2).max(8) })),
  rename: command<RunSummary>()(run.extend({ name: field.name })),
  setNotes: command<RunDetail>()(run.extend({ notes: field.note })),
  trash: command<RunSummary>()(run),
  restore: command<RunSummary>()(run),
};
