import { div, neg } from '../graph/elementwise.ts';
import type { Objective } from './objective.ts';

/** Supervised fine-tuning on the chosen response: its mean negative log-probability a token. */
export const sft: Objective = {
  name: 'sft',
  usesReference: false,
  usesRejected: false,
  losses: ({ policy, tokens }) => neg(div(policy.chosen, tokens.chosen)),
};
