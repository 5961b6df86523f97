import type {
  FieldDescription,
  SettingsPreset,
  TrainSettingsView,
} from '../../preload/contract/operations/hyperparameters.ts';
import { settingTitles } from '../../preload/contract/setting-titles.ts';

/** Starting points, from the model's own defaults. */
export function presetsFor(defaults: TrainSettingsView): readonly SettingsPreset[] {
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
function smallSteps(defaults: TrainSettingsView): TrainSettingsView {
  const pairsPerStep = defaults.batchSize * defaults.accumulate;
  return { ...defaults, batchSize: 2, accumulate: Math.ceil(pairsPerStep / 2), keptLayers: 1 };
}

type Words = Omit<FieldDescription, 'name' | 'title' | 'unit' | 'default'>;

const paper = 'SafeDPO, table 4';
const trl = "TRL's DPOTrainer";

const words: { readonly [Name in keyof TrainSettingsView]: Words } = {
  objective: {
    meaning: 'Which loss the run minimises.',
    source: paper,
    wrongValue: 'Plain DPO does not look at the safety labels: unsafe answers that people preferred are reinforced.',
  },
  beta: {
    meaning:
      'How strongly a difference of log-probabilities counts; small values let the model move further from its start.',
    source: paper,
    wrongValue: 'Too small: the log-probs of chosen answers fall fast. Too large: margins hardly move.',
  },
  delta: {
    meaning: "SafeDPO's extra distance between a safe and an unsafe answer. The required gap is delta / beta nats.",
    source: paper,
    wrongValue: 'Too large: safe answers become refusals. Zero: ordinary DPO on the transformed pairs.',
  },
  labelSmoothing: {
    meaning: 'Share of preferences taken to be wrong (cDPO only).',
    source: trl,
    wrongValue: 'Near 0.5 the loss learns nothing.',
  },
  epochs: {
    meaning: 'How often each pair is seen.',
    source: paper,
    wrongValue: 'Too many: training margins grow while held-out accuracy falls.',
  },
  learningRate: {
    meaning: "The length of a step, scaled to the model's width.",
    source: "the paper's 1e-6 at width 4096, in inverse proportion to the width",
    wrongValue: 'Too large: the loss jumps and the gradient norm spikes. Too small: flat curves.',
  },
  schedule: {
    meaning: 'How the learning rate falls after warming up.',
    source: paper,
    wrongValue: 'Constant may end noisy; cosine ends smooth.',
  },
  warmupShare: {
    meaning: 'Share of steps in which the rate rises from zero.',
    source: paper,
    wrongValue: 'Zero can make the first steps jump.',
  },
  weightDecay: {
    meaning: 'Pull of trained weights towards zero, apart from the gradient (AdamW).',
    source: paper,
    wrongValue: 'Large values undo what was learned.',
  },
  adamBeta1: { meaning: "Memory of the gradient's mean.", source: paper, wrongValue: 'Rarely worth changing.' },
  adamBeta2: { meaning: "Memory of the gradient's square.", source: paper, wrongValue: 'Rarely worth changing.' },
  adamEpsilon: {
    meaning: 'Keeps the step finite where gradients vanish.',
    source: paper,
    wrongValue: 'Rarely worth changing.',
  },
  maxGradNorm: {
    meaning: 'Longer gradients are scaled down to this norm; 0 switches it off.',
    source: paper,
    wrongValue: 'Too small: every step is clipped, as the gradient norm chart shows.',
  },
  batchSize: {
    meaning: 'Pairs in one pass; decides memory.',
    source: paper,
    wrongValue: 'Too large: the run is refused for memory.',
  },
  accumulate: {
    meaning: 'Passes in one optimiser step: the step sees pairs-at-a-time × this many pairs.',
    source: paper,
    wrongValue: 'Small steps are noisy, large ones few.',
  },
  maxLength: {
    meaning: 'Tokens of prompt and response together; longer ones are cut.',
    source: paper,
    wrongValue: 'Too short: answers lose their ends and the model learns to stop early or never.',
  },
  lora: {
    meaning: 'Trains a small adapter in place of all weights.',
    source: 'LoRA, arXiv 2106.09685; TRL',
    wrongValue: 'A very small rank cannot follow the data; a large one costs memory.',
  },
  seed: {
    meaning: 'Decides order and initial adapter; the same seed on the CPU gives the same bytes.',
    source: 'our own',
    wrongValue: 'None is wrong.',
  },
  provider: {
    meaning: 'What computes.',
    source: 'this computer',
    wrongValue: 'A device that fails its self-test is refused.',
  },
  precision: {
    meaning:
      'Element type of products, or int4 blocks for the frozen weights; adapters and their optimiser stay ' +
      'float32. Auto asks the device, its card and the memory plan.',
    source: 'this computer',
    wrongValue:
      'bfloat16 on the CPU is refused. int4 where 16 bits fit: margins a little noisier for nothing. ' +
      'float16: loss scale in the log halves again and again.',
  },
  template: {
    meaning: "How a conversation becomes text: the model's own, PKU's, or the plain one.",
    source: "the model's folder",
    wrongValue: 'Another template than at use: the model behaves as if untrained.',
  },
  sharedPrefix: {
    meaning: 'Computes a prompt once for both answers; same numbers, less time.',
    source: 'our own',
    wrongValue: 'Off only costs time.',
  },
  keptLayers: {
    meaning:
      'How many of the last layers keep their inner values; the others are computed again: less memory, up to a ' +
      'third more time.',
    source: 'the memory plan',
    wrongValue: 'All on a small card: refused for memory.',
  },
  threads: {
    meaning: 'Processor threads of the engine.',
    source: 'this computer',
    wrongValue: 'More than there are cores is slower.',
  },
  checkpointEverySteps: {
    meaning: 'Steps between checkpoints: what a crash can cost.',
    source: 'our own',
    wrongValue: 'Very small values spend the time on writing.',
  },
};

/**
 * Every setting in words, with its default for this model; `tuned` are those whose default was chosen for this very
 * model.
 */
export function describeSettings(defaults: TrainSettingsView, tuned: object): readonly FieldDescription[] {
  const source = (name: keyof TrainSettingsView): string =>
    name in tuned ? 'a sweep on this sample' : words[name].source;
  return settingNames.map((name) => ({
    name,
    unit: null,
    ...settingTitles[name],
    default: defaults[name],
    ...words[name],
    source: source(name),
  }));
}

const settingNames = Object.keys(words).filter((name): name is keyof TrainSettingsView => name in words);
