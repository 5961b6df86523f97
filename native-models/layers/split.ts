import { failed } from '../failure.ts';
import { mul } from '../graph/elementwise.ts';
import { concat, slice } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type Value, makeRegion, scalar } from '../graph/value.ts';

/**
 * The parts of the last axis of `x`, of the given sizes, which together are the axis: what one matrix of several
 * projections makes. Their gradients are joined; slices of their own would each fill a tensor as wide as `x`.
 */
export function splitLast(x: Value, sizes: readonly number[]): readonly Value[] {
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0));
  if (ends.at(-1) !== dimAt(x.shape, -1))
    throw failed('graph-invalid', `Parts of ${sizes.join(' + ')} are not the last axis of ${x.shape.join(' × ')}.`);
  const parts = sizes.map((size, index) => slice(x, -1, (ends[index] ?? 0) - size, ends[index] ?? 0));
  return makeRegion({
    name: 'split',
    inputs: [x],
    inner: parts,
    gradient: (upstream) => [
      concat(
        parts.map((part, index) => upstream[index] ?? mul(part, scalar(part.dtype, 0))),
        -1,
      ),
    ],
  });
}
