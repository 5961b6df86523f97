import { add, cast } from '../graph/elementwise.ts';
import { matmul } from '../graph/contraction.ts';
import { type Value, withScope } from '../graph/value.ts';
import { narrowProducts } from './narrow-products.ts';

/** A low-rank addition to a linear layer: `scale · x · Aᵀ · Bᵀ` (LoRA, arXiv 2106.09685). */
export interface LowRank {
  /** `[rank, in]` */
  readonly a: Value;
  /** `[out, rank]` */
  readonly b: Value;
  /** alpha / rank */
  readonly scale: number;
}

/** Whether a row of a weight belongs to an output (Hugging Face) or to an input (what ONNX's own tools look for). */
export type WeightOrder = 'out by in' | 'in by out';

export interface LinearWeights {
  /** `[out, in]`, as Hugging Face stores it, or `[in, out]`. */
  readonly weight: Value;
  readonly order: WeightOrder;
  /** `[out]` */
  readonly bias: Value | null;
  readonly adapter: LowRank | null;
}

/**
 * `x · Wᵀ + bias`, plus the adapter, which may be kept in a wider element type: `[batch, seq, in] → [batch, seq, out]`.
 */
export function linear(x: Value, weights: LinearWeights): Value {
  return linears(x, [weights])(weights);
}

/** {@link linear} for each of several layers with the same input; what their adapters do to it is one product. */
export function linears(x: Value, layers: readonly LinearWeights[]): (layer: LinearWeights) => Value {
  const matrices = layers.flatMap(({ adapter }) => (adapter === null ? [] : [adapter.a]));
  const products = withScope('adapter', () => narrowProducts(x, matrices));
  const narrow = new Map(
    matrices.flatMap((a, index) => (products[index] === undefined ? [] : [[a, products[index]] as const])),
  );
  return ({ weight, order, bias, adapter }) => {
    const product = matmul(x, weight, { transposeB: order === 'out by in' });
    const shifted = bias === null ? product : add(product, bias);
    const low = adapter === null ? undefined : narrow.get(adapter.a);
    return adapter === null || low === undefined
      ? shifted
      : withScope('adapter', () =>
          add(shifted, matmul(low, cast(adapter.b, x.dtype), { transposeB: true, alpha: adapter.scale })),
        );
  };
}
