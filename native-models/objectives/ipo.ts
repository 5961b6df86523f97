import { div, mul, sub } from '../graph/elementwise.ts';
import { scalar } from '../graph/value.ts';
import type { Objective } from './objective.ts';

/**
 * IPO (Azar et al., arXiv 2310.12036, eq. 17): `(h − 1/(2β))²`, each log-ratio averaged over its tokens as TRL does.
 */
export const ipo: Objective<'ipo'> = {
  usesReference: true,
  usesRejected: true,
  losses: ({ policy, reference, tokens }, { beta }) => {
    const chosen = div(sub(policy.chosen, reference.chosen), tokens.chosen);
    const rejected = div(sub(policy.rejected, reference.rejected), tokens.rejected);
    const distance = sub(sub(chosen, rejected), scalar(chosen.dtype, 1 / (2 * beta)));
    return mul(distance, distance);
  },
};
