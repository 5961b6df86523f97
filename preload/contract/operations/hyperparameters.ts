import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import { type ProviderName, templateNames } from '../../../native-models/vocabulary/lists.ts';
import type { SettingName, TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import { settingsTable } from '../../../native-models/vocabulary/settings-table.ts';
import { wholeSchema, trainSettingsSchema } from '../../../native-models/vocabulary/settings-schema.ts';

export interface SettingsPreset {
  readonly id: 'paper' | 'all-parameters' | 'lora-small-gpu' | 'quick-look';
  readonly title: string;
  /** Where the values come from. */
  readonly source: string;
  readonly settings: TrainSettings;
}

export interface DescribedSettings {
  readonly presets: readonly SettingsPreset[];
  readonly defaults: TrainSettings;
  /** The settings whose default was chosen for this very model. */
  readonly tuned: readonly SettingName[];
  /** What the model can see at once, the most that the longest pair can be set to. */
  readonly contextTokens: number;
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
  readonly provider: ProviderName;
  readonly parts: readonly { readonly name: string; readonly place: MemoryPlace; readonly bytes: number }[];
  /** By memory, the card's first; `availableBytes: null` where nobody can tell. */
  readonly needs: readonly MemoryNeedView[];
  readonly fits: boolean;
  /** The nearest settings that fit, when these do not and some do. */
  readonly nearestFit: Partial<TrainSettings> | null;
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

const maxLength = wholeSchema(settingsTable.maxLength);
const project = z.strictObject({ projectId: field.projectId });
const chosen = project.extend({ settings: trainSettingsSchema });

export const hyperparameters = {
  describe: query<DescribedSettings>()(project),
  current: query<TrainSettings>()(project),
  save: command<TrainSettings>()(chosen),
  memoryPlan: query<MemoryPlan>()(chosen),
  extent: query<RunExtent>()(chosen),
  lengths: query<LengthReport>()(
    project.extend({ template: z.enum(templateNames), maxLengths: z.array(maxLength).min(1).max(12) }),
  ),
  /** `pairId: null` takes the first pair that trains. */
  tokenPreview: query<TokenPreview>()(
    project.extend({
      pairId: field.pairId.nullable(),
      template: z.enum(templateNames),
      maxLength: maxLength,
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
