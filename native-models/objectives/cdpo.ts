import { add, mul, neg } from '../graph/elementwise.ts';
import { scalar } from '../graph/value.ts';
import { type Objective, logRatioGap, negativeLogSigmoid } from './objective.ts';

/** Conservative DPO: `−(1−ε)·log σ(β·h) − ε·log σ(−β·h)`, for preferences of which a share ε is wrong. */
export const cdpo: Objective<'cdpo'> = {
  usesReference: true,
  usesRejected: true,
  losses: (inputs, { beta, labelSmoothing }) => {
    const gap = logRatioGap(inputs);
    const logit = mul(gap, scalar(gap.dtype, beta));
    const agree = mul(negativeLogSigmoid(logit), scalar(gap.dtype, 1 - labelSmoothing));
    return add(agree, mul(negativeLogSigmoid(neg(logit)), scalar(gap.dtype, labelSmoothing)));
  },
};
