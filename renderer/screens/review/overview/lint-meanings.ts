import type { LintKind } from '../../../../preload/contract/review-filter.ts';

/** What each finding means, in plain words. */
export const lintMeanings: readonly { readonly kind: LintKind; readonly meaning: string }[] = [
  { kind: 'refusal-marked-unsafe', meaning: 'Likely refusals marked unsafe' },
  { kind: 'verdict-against-severity', meaning: 'Verdict contradicts the severity' },
  { kind: 'verdict-against-category', meaning: 'Verdict contradicts the categories' },
  { kind: 'same-response-two-verdicts', meaning: 'Same response, two verdicts' },
  { kind: 'identical-responses', meaning: 'Both responses are the same or differ in white space' },
  { kind: 'near-identical-responses', meaning: 'Both responses are nearly the same' },
  { kind: 'near-duplicate-prompt', meaning: 'Prompt nearly the same as another' },
  { kind: 'prompt-in-both-splits', meaning: 'Prompt in train and held-out' },
  { kind: 'empty-response', meaning: 'Empty response' },
  { kind: 'truncated-response', meaning: 'Response looks cut off' },
  { kind: 'encoding-damage', meaning: 'Damaged characters' },
];
