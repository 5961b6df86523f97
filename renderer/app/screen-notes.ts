import { exportFileTypes } from '../../native-models/vocabulary/export-formats.ts';
import type { Route } from '../shared/route.ts';

export interface ScreenNotes {
  readonly what: string;
  readonly why: string;
  readonly source: string;
}

const paper = 'SafeDPO, arXiv 2505.20065';

const stepNotes: { readonly [step in Extract<Route, { screen: 'step' }>['step']]: ScreenNotes } = {
  model: {
    what:
      'The model you start from, read from a folder in the Hugging Face layout: config.json, safetensors and ' +
      'a tokenizer.',
    why:
      'Training changes a copy of this model; the original stays frozen as the reference that results are ' +
      'measured against.',
    source: 'Nothing is copied or sent anywhere. Weights are read in place.',
  },
  data: {
    what: 'Preference pairs: a prompt, two responses, which one is more helpful, and whether each one is safe.',
    why:
      'SafeDPO needs a safety verdict for each response. A missing verdict is never read as safe: the pair ' +
      'waits for you.',
    source: `${paper}, section 3.2; column names of PKU-SafeRLHF, HH-RLHF, BeaverTails and TRL.`,
  },
  review: {
    what: 'What SafeDPO will do with every pair before it trains: keep it, swap it, drop it, or wait for a verdict.',
    why: 'Most of the effect of SafeDPO comes from this step. One wrong verdict trains a pair in the wrong direction.',
    source: `${paper}, section 3.2 (the transform T) and Tables 5 to 7.`,
  },
  hyperparameters: {
    what: 'How the model is trained. The presets are complete; every value can be changed.',
    why:
      'The required gap Δ/β decides how far safe and unsafe answers are pushed apart, and the learning rate ' +
      'and epochs how far the model may drift.',
    source: `${paper}, equation 12 and section 5; defaults of TRL for LoRA.`,
  },
  train: {
    what:
      'One training run. It continues when this window is closed, and can be paused or stopped without losing a ' +
      'step.',
    why:
      'The loss alone says little. Watch the margins, the accuracies by pair class, and whether the ' +
      'log-probability of chosen answers falls.',
    source: 'Metric names as in TRL. Displacement: arXiv 2410.08847.',
  },
  evaluate: {
    what: 'The same questions asked of your model before and after training, on pairs it was not trained on.',
    why:
      'A safer model that refuses harmless questions is not what you want: look at safety and over-refusal ' +
      'together.',
    source: 'Intervals: Wilson, 95 %. Over-refusal: XSTest, OR-Bench.',
  },
  export: {
    what: 'The trained model as files that other programs open.',
    why:
      'Each export is loaded again and its log-probabilities are compared with the trained model before it ' +
      'counts as done.',
    source: `Formats: ${exportFileTypes}.`,
  },
};

/** What a screen is, why it matters, and where its content comes from; null for screens that explain themselves. */
export function notesFor(route: Route): ScreenNotes | null {
  return route.screen === 'step' ? stepNotes[route.step] : null;
}
