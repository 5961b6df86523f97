import { reduceMean } from '../graph/contraction.ts';
import { div, neg } from '../graph/elementwise.ts';
import type { Objective } from './objective.ts';

/**
 * Supervised fine-tuning on the chosen response. The mean over the batch is the mean negative log-probability a token:
 * every token counts the same, so a long answer counts for more than a short one.
 */
export const sft: Objective<'sft'> = {
  usesReference: false,
  usesRejected: false,
  losses: ({ policy, tokens }) => neg(div(policy.chosen, reduceMean(tokens.chosen, { axes: [0], keepDims: true }))),
};
