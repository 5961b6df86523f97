import { matmul } from '../graph/contraction.ts';
import { cast } from '../graph/elementwise.ts';
import { asRows, concat, slice } from '../graph/layout.ts';
import { staticDim } from '../graph/shape.ts';
import { type Value, makeRegion } from '../graph/value.ts';

/** `whole` cut along one axis into parts of these sizes. */
function parts(whole: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  let end = 0;
  return sizes.map((size) => slice(whole, axis, end, (end += size)));
}

/**
 * `x · aᵀ` for several narrow matrices `[rank, in]`, which may be kept in a wider element type, as one product forward
 * and two backward: `[batch, seq, in] → [batch, seq, rank]` each. Alone, each would be too narrow to fill a matrix
 * unit.
 */
export function narrowProducts(x: Value, matrices: readonly Value[]): readonly Value[] {
  const [first, ...others] = matrices;
  if (first === undefined) return [];
  const ranks = matrices.map((a) => staticDim(a.shape, 0));
  const together = cast(others.length === 0 ? first : concat(matrices, 0), x.dtype);
  const product = matmul(x, together, { transposeB: true });
  if (others.length === 0) return [product];
  return makeRegion({
    name: 'narrow products',
    inputs: [x, ...matrices],
    inner: parts(product, -1, ranks),
    gradient: (upstream, [needsX]) => {
      const arrived = upstream.flatMap((gradient, index) => (gradient === null ? [] : [{ gradient, index }]));
      if (arrived.length === 0) return [null, ...matrices.map(() => null)];
      const whole = arrived.length === matrices.length;
      const dNarrow = concat(
        arrived.map(({ gradient }) => gradient),
        -1,
      );
      const used = whole
        ? together
        : cast(
            concat(
              arrived.flatMap(({ index }) => matrices[index] ?? []),
              0,
            ),
            x.dtype,
          );
      const dMatrices = parts(
        cast(matmul(asRows(dNarrow), asRows(x), { transposeA: true }), first.dtype),
        0,
        arrived.flatMap(({ index }) => ranks[index] ?? []),
      );
      return [
        needsX === true ? matmul(dNarrow, used) : null,
        ...matrices.map((_, index) => dMatrices[arrived.findIndex((entry) => entry.index === index)] ?? null),
      ];
    },
  });
}
