import { failed } from '../failure.ts';
import { reshape, slice } from '../graph/layout.ts';
import { dimAt, type untold } from '../graph/shape.ts';
import type { Dim, Value } from '../graph/value.ts';

/** The name of `factor` times a size. */
export function times(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor;
  return factor === 1 ? dim : `${factor}·${dim}`;
}

/**
 * The length of one of `blocks` equal parts of an axis of `size`, with a mark where the runtime is not to be told
 * (graph/shape.ts). Throws `attention-blocks`.
 */
export function blockLength(size: Dim, blocks: number, mark: '' | typeof untold = ''): Dim {
  if (typeof size === 'string') return `${size} block${mark}`;
  if (size % blocks !== 0)
    throw failed('attention-blocks', `Rows of ${size} tokens cannot be cut into ${blocks} equal blocks.`, {
      seq: size,
      blocks,
    });
  return size / blocks;
}

/** The axis `at` of `x` cut into equal blocks of the given length. */
export function cut(x: Value, at: number, blocks: number, length: Dim): Value {
  return reshape(x, [...x.shape.slice(0, at), blocks, length, ...x.shape.slice(at + 1)]);
}

/** Blocks `from` to `to` (not included) of an axis that was cut, as one axis again. */
export function blockRange(x: Value, at: number, from: number, to: number): Value {
  return reshape(slice(x, at, from, to), [
    ...x.shape.slice(0, at),
    times(dimAt(x.shape, at + 1), to - from),
    ...x.shape.slice(at + 2),
  ]);
}
