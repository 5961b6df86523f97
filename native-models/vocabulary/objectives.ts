import type { SettingRow } from './setting-row.ts';

const paper = 'SafeDPO, table 4';

/** The settings that some objectives use and others do not. */
export const objectiveSettings = {
  beta: {
    kind: 'number',
    min: 1e-6,
    max: 100,
    default: 0.1,
    title: 'Beta',
    symbol: 'β',
    meaning: 'How strongly the model is held to its start: small values let it move further.',
    source: paper,
    wrongValue: 'Too small: the log-probs of chosen answers fall fast. Too large: margins hardly move.',
    group: 'Objective',
    flag: '--beta <number>',
    sweepable: true,
  },
  delta: {
    kind: 'number',
    min: 0,
    max: 1000,
    default: 10,
    title: 'Delta',
    symbol: 'Δ',
    meaning: "SafeDPO's extra margin between a safe and an unsafe answer. The required gap is delta / beta nats.",
    source: paper,
    wrongValue: 'Too large: safe answers become refusals. Zero: ordinary DPO on the transformed pairs.',
    group: 'Objective',
    flag: '--delta <number>',
    sweepable: true,
  },
  labelSmoothing: {
    kind: 'number',
    min: 0,
    max: 0.5,
    default: 0.1,
    title: 'Label smoothing',
    meaning: 'The share of preferences assumed to be wrong.',
    source: "TRL's DPOTrainer",
    wrongValue: 'Near 0.5 nothing is learned.',
    group: 'Objective',
    advanced: true,
    flag: '--label-smoothing <share>',
  },
} as const satisfies { readonly [name: string]: SettingRow };

/**
 * Which pairs an objective takes, and which answer of each is the chosen one: `transformed`: those that SafeDPO's
 * transform keeps, in its order; `preferred`: every pair with a preference, in that order; `preferredIfSafe`: those of
 * them whose preferred answer is safe; `safer`: pairs of which one answer is safer, in that order; `safest`: pairs with
 * a safe answer; the more helpful one where both are.
 */
export const pairRules = ['transformed', 'preferred', 'preferredIfSafe', 'safer', 'safest'] as const;
export type PairRule = (typeof pairRules)[number];

/** What every side knows of an objective. Its loss is `native-models/objectives/NAME.ts`. */
export interface ObjectiveFacts {
  readonly title: string;
  readonly meaning: string;
  /** Those of `objectiveSettings` that its loss looks at; the first one names its runs. */
  readonly settings: readonly (keyof typeof objectiveSettings)[];
  readonly pairs: PairRule;
}

export const objectiveFacts = {
  safedpo: {
    title: 'SafeDPO',
    meaning: 'DPO on pairs reordered by safety, with a margin between safe and unsafe answers.',
    settings: ['delta', 'beta'],
    pairs: 'transformed',
  },
  dpo: { title: 'DPO', meaning: 'The preferred answer against the other one.', settings: ['beta'], pairs: 'preferred' },
  'dpo-safebetter': {
    title: 'DPO, safe and better',
    meaning: 'DPO on pairs whose preferred answer is safe.',
    settings: ['beta'],
    pairs: 'preferredIfSafe',
  },
  'dpo-harmless': {
    title: 'DPO, harmless',
    meaning: 'DPO with the safer answer as the chosen one.',
    settings: ['beta'],
    pairs: 'safer',
  },
  cdpo: {
    title: 'cDPO',
    meaning: 'DPO that assumes a share of the preferences to be wrong.',
    settings: ['beta', 'labelSmoothing'],
    pairs: 'preferred',
  },
  ipo: { title: 'IPO', meaning: 'A squared loss that aims at a fixed gap.', settings: ['beta'], pairs: 'preferred' },
  sft: {
    title: 'SFT',
    meaning: 'Fine-tuning on the more helpful of the safe answers.',
    settings: [],
    pairs: 'safest',
  },
} as const satisfies { readonly [name: string]: ObjectiveFacts };

/** Losses a run can minimise. */
export type ObjectiveName = keyof typeof objectiveFacts;

export const objectiveNames = Object.keys(objectiveFacts).filter((name): name is ObjectiveName =>
  Object.hasOwn(objectiveFacts, name),
);

/** What runs minimise where nothing else is said, and what the services measure a project's pairs for. */
export const defaultObjective = 'safedpo' satisfies ObjectiveName;

/** What every side knows of an objective, whichever it is. */
export function factsOf(name: ObjectiveName): ObjectiveFacts {
  return objectiveFacts[name];
}

/** Whether it trains only on pairs whose answers have safety verdicts; others use the preference unchanged. */
export function needsVerdicts(name: ObjectiveName): boolean {
  return factsOf(name).pairs !== 'preferred';
}
