import type { SettingsPreset } from '../../preload/contract/operations/hyperparameters.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/** Starting points, from the model's own defaults. */
export function presetsFor(defaults: TrainSettings): readonly SettingsPreset[] {
  return [
    {
      id: 'paper',
      title: 'Paper',
      source: 'SafeDPO, arXiv 2505.20065, table 4',
      settings: { ...defaults, lora: null, learningRate: Number((defaults.learningRate / 10).toPrecision(2)) },
    },
    {
      id: 'lora-small-gpu',
      title: 'LoRA, small GPU',
      source: "the paper's beta and delta; LoRA rank and rate after TRL's guidance",
      settings: smallSteps(defaults),
    },
    {
      id: 'quick-look',
      title: 'Quick look',
      source: 'our own, to see whether the data works',
      settings: { ...defaults, epochs: 1, maxLength: Math.min(256, defaults.maxLength), checkpointEverySteps: 20 },
    },
  ];
}

/** The same steps in passes of two pairs, which need little memory. */
function smallSteps(defaults: TrainSettings): TrainSettings {
  const pairsPerStep = defaults.batchSize * defaults.accumulate;
  return { ...defaults, batchSize: 2, accumulate: Math.ceil(pairsPerStep / 2), keptLayers: 1 };
}
