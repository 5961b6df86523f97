import { mul, sub } from '../graph/elementwise.ts';
import { scalar } from '../graph/value.ts';
import { type Objective, logRatioGap, negativeLogSigmoid } from './objective.ts';

/**
 * SafeDPO (Kim et al., arXiv 2505.20065, eq. 12): `−log σ(β·h − (h̃_l − h̃_w)·Δ)` on transformed pairs. Δ stands
 * outside β, so a safe > unsafe pair must reach a gap of Δ/β nats; a safe > safe pair gets plain DPO.
 */
export const safedpo: Objective<'safedpo'> = {
  usesReference: true,
  usesRejected: true,
  offset: (pairClass, { delta }) => (pairClass === 'safe_unsafe' ? delta : 0),
  losses: (inputs, { beta }) => {
    const gap = logRatioGap(inputs);
    return negativeLogSigmoid(sub(mul(gap, scalar(gap.dtype, beta)), inputs.offset));
  },
};
