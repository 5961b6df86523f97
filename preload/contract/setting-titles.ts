import type { TrainSettingsView } from './operations/hyperparameters.ts';

export interface SettingTitle {
  readonly title: string;
  /** Of its value, where it has one. */
  readonly unit?: string;
}

/** What each setting of a run is called wherever a person reads of it. */
export const settingTitles: { readonly [Name in keyof TrainSettingsView]: SettingTitle } = {
  objective: { title: 'Objective' },
  beta: { title: 'Beta' },
  delta: { title: 'Delta' },
  labelSmoothing: { title: 'Label smoothing' },
  epochs: { title: 'Epochs' },
  learningRate: { title: 'Learning rate' },
  schedule: { title: 'Schedule' },
  warmupShare: { title: 'Warm-up' },
  weightDecay: { title: 'Weight decay' },
  adamBeta1: { title: 'Adam beta 1' },
  adamBeta2: { title: 'Adam beta 2' },
  adamEpsilon: { title: 'Adam epsilon' },
  maxGradNorm: { title: 'Gradient clipping' },
  batchSize: { title: 'Pairs at a time' },
  accumulate: { title: 'Accumulation', unit: 'micro-batches' },
  maxLength: { title: 'Longest pair', unit: 'tokens' },
  lora: { title: 'LoRA' },
  seed: { title: 'Seed' },
  provider: { title: 'Device' },
  precision: { title: 'Precision' },
  template: { title: 'Chat template' },
  sharedPrefix: { title: 'Shared prompt' },
  keptLayers: { title: 'Layers kept in memory' },
  threads: { title: 'Threads' },
  checkpointEverySteps: { title: 'Checkpoint every', unit: 'steps' },
};
