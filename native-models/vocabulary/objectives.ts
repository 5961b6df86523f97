import type { ObjectiveName } from './lists.ts';

/** What a person reads of an objective. */
export interface ObjectiveFacts {
  readonly title: string;
  readonly meaning: string;
  /** It trains on pairs whose answers have safety verdicts only; others take the preference as it is. */
  readonly needsVerdicts: boolean;
}

export const objectiveFacts: { readonly [Name in ObjectiveName]: ObjectiveFacts } = {
  safedpo: {
    title: 'SafeDPO',
    meaning: 'DPO on pairs reordered by safety, with a margin between safe and unsafe answers.',
    needsVerdicts: true,
  },
  dpo: { title: 'DPO', meaning: 'The preferred answer against the other one.', needsVerdicts: false },
  'dpo-safebetter': {
    title: 'DPO, safe and better',
    meaning: 'DPO on pairs whose preferred answer is safe.',
    needsVerdicts: true,
  },
  'dpo-harmless': {
    title: 'DPO, harmless',
    meaning: 'DPO with the safer answer as the chosen one.',
    needsVerdicts: true,
  },
  cdpo: {
    title: 'cDPO',
    meaning: 'DPO that assumes a share of the preferences to be wrong.',
    needsVerdicts: false,
  },
  ipo: { title: 'IPO', meaning: 'A squared loss that aims at a fixed gap.', needsVerdicts: false },
  sft: { title: 'SFT', meaning: 'Fine-tuning on the more helpful of the safe answers.', needsVerdicts: true },
};
