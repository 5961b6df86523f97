import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { JsonValue } from '../views.ts';

export const objectives = ['safedpo', 'dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft'] as const;
export const schedules = ['cosine', 'linear', 'constant'] as const;
export const providers = ['cpu', 'cuda', 'webgpu', 'dml'] as const;
export const precisions = ['auto', 'float32', 'bfloat16', 'float16', 'int4'] as const;
export const templates = ['model', 'pku', 'plain'] as const;

/** Everything a run is told. Meaning, default and source of each are in `hyperparameters.describe`. */
export const trainSettings = z.strictObject({
  objective: z.enum(objectives),
  beta: z.number().positive().max(100),
  delta: z.number().min(0).max(1_000),
  labelSmoothing: z.number().min(0).max(0.5),
  epochs: z.number().positive().max(100),
  learningRate: z.number().positive().max(1),
  schedule: z.enum(schedules),
  warmupShare: field.share,
  weightDecay: z.number().min(0).max(1),
  adamBeta1: z.number().min(0).lt(1),
  adamBeta2: z.number().min(0).lt(1),
  adamEpsilon: z.number().positive().max(1),
  maxGradNorm: z.number().min(0).max(1_000),
  batchSize: z.int().min(1).max(1_024),
  accumulate: z.int().min(1).max(1_024),
  maxLength: z.int().min(8).max(131_072),
  lora: z
    .strictObject({
      rank: z.int().min(1).max(1_024),
      alpha: z.number().positive().max(8_192),
      targets: z.array(z.string().min(1).max(60)).max(60),
    })
    .nullable(),
  seed: field.seed,
  provider: z.enum(providers),
  precision: z.enum(precisions),
  template: z.enum(templates),
  sharedPrefix: z.boolean(),
  keptLayers: z.union([z.literal(['auto', 'all']), z.int().min(1).max(1_000)]),
  threads: z.int().min(1).max(512),
  checkpointEverySteps: z.int().min(1).max(1_000_000),
});
export type TrainSettingsView = z.output<typeof trainSettings>;

export interface SettingsPreset {
  readonly id: 'paper' | 'lora-small-gpu' | 'quick-look';
  readonly title: string;
  /** Where the values come from. */
  readonly source: string;
  readonly settings: TrainSettingsView;
}

export interface DescribedSettings {
  readonly presets: readonly SettingsPreset[];
  readonly fields: readonly FieldDescription[];
  /** What the model can see at once, the most that the longest pair can be set to. */
  readonly contextTokens: number;
}

export interface FieldDescription {
  readonly name: keyof TrainSettingsView;
  readonly title: string;
  readonly unit: string | null;
  readonly meaning: string;
  readonly default: JsonValue;
  readonly source: string;
  /** What the curves look like when the value is wrong. */
  readonly wrongValue: string;
}

/** The machine's memory, or that of its graphics card. */
export type MemoryPlace = 'card' | 'host';

/** What a run needs of one memory, and what is free there. */
export interface MemoryNeedView {
  readonly place: MemoryPlace;
  readonly neededBytes: number;
  readonly availableBytes: number | null;
}

export interface MemoryPlan {
  readonly provider: (typeof providers)[number];
  readonly parts: readonly { readonly name: string; readonly place: MemoryPlace; readonly bytes: number }[];
  /** By memory, the card's first; `availableBytes: null` where nobody can tell. */
  readonly needs: readonly MemoryNeedView[];
  readonly fits: boolean;
  /** The nearest settings that fit, when these do not and some do. */
  readonly nearestFit: Partial<TrainSettingsView> | null;
  /** What the run folder may come to, and what is free on the library's disk. */
  readonly disk: { readonly neededBytes: number; readonly freeBytes: number };
}

/** How much a run would do. */
export interface RunExtent {
  /** Pairs trained on in an epoch; a dataset's weight counts. */
  readonly trainingPairs: number;
  readonly heldOutPairs: number;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
}

/** How many prompts and responses lose tokens at a length. */
export interface TruncationRow {
  readonly maxLength: number;
  readonly prompts: number;
  readonly chosen: number;
  readonly rejected: number;
  /** Pairs whose two responses are the same once they are cut: nothing can be learned from them. */
  readonly same: number;
  readonly pairsShare: number;
}

export interface LengthReport {
  /** Of the pairs that were measured. */
  readonly longestPairId: number | null;
  readonly pairs: number;
  readonly medianTokens: number;
  readonly p95Tokens: number;
  readonly maxTokens: number;
  readonly truncation: readonly TruncationRow[];
  /**
   * Pairs whose texts hold special tokens of the model, and those tokens: a chat template was applied to them already.
   */
  readonly templateTokens: { readonly pairs: number; readonly tokens: readonly string[] };
}

export interface TokenView {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
  /** It does not reach the model at the chosen length. */
  readonly cut: boolean;
}

export interface TokenPreview {
  readonly pairId: number;
  /** The next pair that trains; `null` after the last. */
  readonly nextPairId: number | null;
  readonly prompt: readonly TokenView[];
  readonly chosen: readonly TokenView[];
  readonly rejected: readonly TokenView[];
  /** Tokens cut at the chosen length. */
  readonly cut: { readonly prompt: number; readonly chosen: number; readonly rejected: number };
}

/** Of the training steps; reference log-probs, checkpoints and evaluation come on top. */
export interface TimeEstimate {
  readonly steps: number;
  readonly measuredSteps: number;
  readonly secondsPerStep: number;
  readonly seconds: number;
  /** The least and the most that any two of the measured steps give. */
  readonly secondsLow: number;
  readonly secondsHigh: number;
  readonly tokensPerSecond: number;
}

const project = z.strictObject({ projectId: field.projectId });
const chosen = project.extend({ settings: trainSettings });

export const hyperparameters = {
  describe: query<DescribedSettings>()(project),
  current: query<TrainSettingsView>()(project),
  save: command<TrainSettingsView>()(chosen),
  memoryPlan: query<MemoryPlan>()(chosen),
  extent: query<RunExtent>()(chosen),
  lengths: query<LengthReport>()(
    project.extend({ template: z.enum(templates), maxLengths: z.array(z.int().min(8).max(131_072)).min(1).max(12) }),
  ),
  /** `pairId: null` takes the first pair that trains. */
  tokenPreview: query<TokenPreview>()(
    project.extend({
      pairId: field.pairId.nullable(),
      template: z.enum(templates),
      maxLength: z.int().min(8).max(131_072),
    }),
  ),
  /**
   * Times a few real steps, of the longest pairs and of middling ones; takes seconds to minutes. A second one of a
   * project ends the first.
   */
  timeEstimate: command<TimeEstimate>()(chosen),
  /** Ends the estimate under way, which fails with `task-cancelled`; nothing where there is none. */
  stopTimeEstimate: command<null>()(project),
};
