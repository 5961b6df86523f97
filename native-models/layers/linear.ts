import { add, cast } from '../graph/elementwise.ts';
import { matmul } from '../graph/contraction.ts';
import type { Value } from '../graph/value.ts';

/** A low-rank addition to a linear layer: `scale · x · Aᵀ · Bᵀ` (LoRA, arXiv 2106.09685). */
export interface LowRank {
  /** `[rank, in]` */
  readonly a: Value;
  /** `[out, rank]` */
  readonly b: Value;
  /** alpha / rank */
  readonly scale: number;
}

export interface LinearWeights {
  /** `[out, in]`, as Hugging Face stores it. */
  readonly weight: Value;
  /** `[out]` */
  readonly bias: Value | null;
  readonly adapter: LowRank | null;
}

/** `x · Wᵀ + bias`, plus the adapter, which may be kept in a wider element type: `[batch, seq, in] → [batch, seq, out]`. */
export function linear(x: Value, { weight, bias, adapter }: LinearWeights): Value {
  const product = matmul(x, weight, { transposeB: true });
  const shifted = bias === null ? product : add(product, bias);
  if (adapter === null) return shifted;
  const narrow = matmul(x, cast(adapter.a, x.dtype), { transposeB: true });
  return add(shifted, matmul(narrow, cast(adapter.b, x.dtype), { transposeB: true, alpha: adapter.scale }));
}
