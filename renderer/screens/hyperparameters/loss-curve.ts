/** SafeDPO's loss for one pair (arXiv 2505.20065, equation 12), over the log-ratio gap h in nats. */

export interface CurvePoint {
  readonly gap: number;
  /** Loss of a safe-over-unsafe pair, with the offset delta. */
  readonly loss: number;
  /** The same pair's gradient weight, 0 to 1. */
  readonly weight: number;
  /** Loss of a safe-over-safe pair: plain DPO. */
  readonly plainLoss: number;
}

/** `log(1 + e^x)` without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The curve's values at one gap. */
export function curvePoint(beta: number, delta: number, gap: number): CurvePoint {
  const offset = delta - beta * gap;
  return { gap, loss: softplus(offset), weight: 1 / (1 + Math.exp(-offset)), plainLoss: softplus(-beta * gap) };
}

/** The gap a safe-over-unsafe pair must reach, in nats. */
export function requiredGap(beta: number, delta: number): number {
  return delta / beta;
}

/** From a little before the start (gap 0) to well past the required gap. */
export function lossCurve(beta: number, delta: number, count: number): CurvePoint[] {
  const reach = Math.max(requiredGap(beta, delta) * 1.6, 5 / beta);
  const first = -0.2 * reach;
  return Array.from({ length: count }, (_, index) =>
    curvePoint(beta, delta, first + ((reach - first) * index) / (count - 1)),
  );
}
