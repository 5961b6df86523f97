import { failed } from '../../failure.ts';
import type { SessionTensor, SessionTensors } from '../../runtime/tensor.ts';
import { integers } from '../model/feeds.ts';
import { largestOf } from '../../extremes.ts';

/**
 * The feeds of micro-batches along a new first axis, each padded with zeros at the ends of its axes to the largest, and
 * `sizes [steps, 4]`, by which the loop takes the padding off again (`batchSizes`). Throws `feeds-do-not-stack`.
 */
export function stackFeeds(feeds: readonly SessionTensors[]): SessionTensors {
  const sized = feeds.map((feed): SessionTensors => ({ ...feed, sizes: integers([4], batchSizes(feed)) }));
  return Object.fromEntries(
    Object.keys(sized[0] ?? {}).map((name) => [
      name,
      stack(
        name,
        sized.flatMap((feed) => feed[name] ?? []),
      ),
    ]),
  );
}

/** Rows, their length, pairs and response rows of a micro-batch. */
function batchSizes({ tokens, chosen_sum: sums }: SessionTensors): readonly number[] {
  return [...(tokens?.shape ?? []), ...(sums?.shape ?? [])];
}

function stack(name: string, parts: readonly SessionTensor[]): SessionTensor {
  const [first] = parts;
  if (
    first === undefined ||
    parts.some((part) => part.dtype !== first.dtype || part.shape.length !== first.shape.length)
  )
    throw unlike(name, parts);
  const shape = first.shape.map((_, axis) => largestOf(parts.map((part) => part.shape[axis] ?? 0)));
  const size = shape.reduce((product, dim) => product * dim, 1);
  const stacked = [parts.length, ...shape];
  const placed = parts.map((part, index) => ({ part, rows: rowStarts(part.shape, shape, index * size) }));
  if (first.dtype === 'float32') {
    const data = new Float32Array(parts.length * size);
    for (const { part, rows } of placed)
      if (part.dtype === 'float32')
        for (const { from, to, length } of rows) data.set(part.data.subarray(from, from + length), to);
    return { dtype: 'float32', shape: stacked, data };
  }
  if (first.dtype !== 'int64') throw unlike(name, parts);
  const data = new BigInt64Array(parts.length * size);
  for (const { part, rows } of placed)
    if (part.dtype === 'int64')
      for (const { from, to, length } of rows) data.set(part.data.subarray(from, from + length), to);
  return { dtype: 'int64', shape: stacked, data };
}

/** Where each row of a tensor of at most two axes goes in one of a larger shape that starts at `start`. */
function rowStarts(
  shape: readonly number[],
  larger: readonly number[],
  start: number,
): readonly { readonly from: number; readonly to: number; readonly length: number }[] {
  const length = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? (shape[0] ?? 0) : 1;
  return Array.from({ length: rows }, (_, row) => ({
    from: row * length,
    to: start + row * (larger.at(-1) ?? 1),
    length,
  }));
}

function unlike(name: string, parts: readonly SessionTensor[]): Error {
  return failed(
    'feeds-do-not-stack',
    `The micro-batches of a run differ in the kind of ${name}: ` +
      `${parts.map(({ dtype, shape }) => `${dtype} [${shape.join(', ')}]`).join(', ')}. Only float32 and int64 ` +
      'inputs of equal rank are stacked.',
    { input: name },
  );
}
