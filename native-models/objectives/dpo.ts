import { mul } from '../graph/elementwise.ts';
import { scalar } from '../graph/value.ts';
import { type Objective, logRatioGap, negativeLogSigmoid } from './objective.ts';

/** DPO (Rafailov et al., arXiv 2305.18290): `−log σ(β·h)`. */
const dpoLosses: Objective<'dpo'>['losses'] = (inputs, { beta }) => {
  const gap = logRatioGap(inputs);
  return negativeLogSigmoid(mul(gap, scalar(gap.dtype, beta)));
};

/** On pairs in the order of helpfulness. */
export const dpo: Objective<'dpo'> = { usesReference: true, usesRejected: true, losses: dpoLosses };
/**
 * On pairs in the order of helpfulness without those whose preferred response is unsafe (SafeDPO paper, baseline
 * DPO-SAFEBETTER).
 */
export const dpoSafeBetter: Objective<'dpo-safebetter'> = dpo;
/** On pairs in the order of safety (SafeDPO paper, baseline DPO-HARMLESS). */
export const dpoHarmless: Objective<'dpo-harmless'> = dpo;
