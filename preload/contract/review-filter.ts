import { z } from 'zod';
import { transformClasses } from '../../native-models/vocabulary/lists.ts';

/** What label lint looks for in rows; docs/label-lint.md says how each is found. */
export const lintKinds = [
  'refusal-marked-unsafe',
  'verdict-against-severity',
  'verdict-against-category',
  'same-response-two-verdicts',
  'identical-responses',
  'near-identical-responses',
  'near-duplicate-prompt',
  'prompt-in-both-splits',
  'empty-response',
  'truncated-response',
  'encoding-damage',
] as const;
export type LintKind = (typeof lintKinds)[number];

const texts = z.array(z.string().min(1).max(200)).min(1).max(100);
const yesNo = z
  .array(z.enum(['yes', 'no']))
  .min(1)
  .max(2);

export const mostTextTerms = 20;
export const mostTextCharacters = 500;
/** The search index ends a text at a zero character. */
const words = z
  .string()
  .min(1)
  .max(mostTextCharacters)
  .refine((text) => !text.includes('\0'), 'a zero character cannot be searched for');

/**
 * Values of one kind are alternatives. `verdict`, `source`, `reviewer`, `category` and `severity` look at both
 * responses.
 */
export const reviewTerms = z.strictObject({
  class: z.array(z.enum(transformClasses)).min(1).max(5).optional(),
  verdict: z
    .array(z.enum(['safe', 'unsafe', 'unknown']))
    .min(1)
    .max(3)
    .optional(),
  source: z
    .array(z.enum(['imported', 'person', 'model', 'none']))
    .min(1)
    .max(4)
    .optional(),
  reviewer: texts.optional(),
  category: texts.optional(),
  severity: z
    .array(z.enum(['0', '1', '2', '3', 'none']))
    .min(1)
    .max(5)
    .optional(),
  flagged: yesNo.optional(),
  disagreement: yesNo.optional(),
  dataset: z
    .array(z.string().regex(/^[1-9][0-9]{0,14}$/))
    .min(1)
    .max(100)
    .optional(),
  split: z
    .array(z.enum(['train', 'held-out']))
    .min(1)
    .max(2)
    .optional(),
  lint: z.array(z.enum(lintKinds)).min(1).max(lintKinds.length).optional(),
  suggested: yesNo.optional(),
});
export type ReviewTerms = z.output<typeof reviewTerms>;

/** The kinds of values that are counted live. */
export type FacetName = keyof ReviewTerms;
export const facetNames = reviewTerms.keyof().options;

const characters = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
export const sortKeys = ['id', 'length', 'changed', 'informative'] as const;

/** Terms of different kinds combine with "and"; whatever matches a term of `not` is left out. */
export const reviewFilter = reviewTerms.extend({
  not: reviewTerms.optional(),
  /** Characters of the longer response, both ends included. */
  length: z.strictObject({ from: characters.optional(), to: characters.optional() }).optional(),
  text: z
    .array(z.strictObject({ match: z.enum(['word', 'prefix', 'phrase']), words, not: z.boolean() }))
    .max(mostTextTerms)
    .optional(),
  sort: z.strictObject({ by: z.enum(sortKeys), descending: z.boolean() }).optional(),
});
export type ReviewFilter = z.output<typeof reviewFilter>;
export type TextTerm = NonNullable<ReviewFilter['text']>[number];

/** How many pairs each value would show: of those that pass every other kind of term. */
export type FacetCounts = { readonly [facet in FacetName]: { readonly [value: string]: number } };
