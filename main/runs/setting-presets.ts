import type { SettingsPreset } from '../../preload/contract/operations/hyperparameters.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

const ofSweep = "chosen by a sweep on this sample; they are not the paper's values";

/** Starting points, from the model's own defaults; `ofSample`: those were tuned for the bundled sample. */
export function presetsFor(defaults: TrainSettings, ofSample: boolean): readonly SettingsPreset[] {
  return [
    {
      ...(ofSample
        ? ({ id: 'all-parameters', title: 'All parameters' } as const)
        : ({ id: 'paper', title: 'Paper' } as const)),
      source: ofSample ? ofSweep : "SafeDPO, arXiv 2505.20065, table 4; learning rate scaled to this model's width",
      settings: { ...defaults, lora: null, learningRate: Number((defaults.learningRate / 10).toPrecision(2)) },
    },
    {
      id: 'lora-small-gpu',
      title: 'LoRA, small GPU',
      source: ofSample ? ofSweep : "the paper's beta and delta; LoRA rank and rate after TRL's guidance",
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
