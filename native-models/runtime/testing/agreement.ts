import { emit } from '../../graph/lowering/emit.ts';
import { evaluate } from '../../graph/evaluate/evaluate.ts';
import type { NumericTensor } from '../../graph/evaluate/tensor.ts';
import type { Target } from '../../graph/lowering/providers.ts';
import type { DType, Value } from '../../graph/value.ts';
import { reach } from '../../graph/walk.ts';
import { createSession } from '../session.ts';
import type { SessionTensor } from '../tensor.ts';

/** Numbers as the tensor a session takes. */
export function sessionTensor(dtype: DType, { shape, data }: NumericTensor): SessionTensor {
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: Float32Array.from(data) };
    case 'float64':
      return { dtype, shape, data };
    case 'int64':
      return { dtype, shape, data: BigInt64Array.from(Array.from(data, BigInt)) };
    case 'int32':
      return { dtype, shape, data: Int32Array.from(data) };
    case 'uint8':
    case 'bool':
      return { dtype, shape, data: Uint8Array.from(data) };
    case 'int4':
    case 'float16':
    case 'bfloat16':
      throw new TypeError(`${dtype} does not cross the session's boundary`);
  }
}

/** A session's tensor as numbers. */
export function numericTensor({ shape, data }: SessionTensor): NumericTensor {
  return { shape, data: Float64Array.from(data, Number) };
}

/** Runs what `outputs` need on the CPU, in the form written for `target`. */
export async function runOnCpu(
  outputs: { readonly [name: string]: Value },
  feeds: { readonly [name: string]: NumericTensor },
  target: Target,
  { threads = 1, externalDataFolder }: { readonly threads?: number; readonly externalDataFolder?: string } = {},
): Promise<{ [name: string]: NumericTensor }> {
  const session = await createSession(emit(outputs, { target }).bytes, {
    provider: 'cpu',
    threads,
    ...(externalDataFolder === undefined ? {} : { externalDataFolder }),
  });
  const tensors = reach(Object.values(outputs)).leaves.flatMap(({ origin, dtype }): [string, SessionTensor][] => {
    const feed = origin.kind === 'input' ? feeds[origin.name] : undefined;
    return origin.kind === 'input' && feed !== undefined ? [[origin.name, sessionTensor(dtype, feed)]] : [];
  });
  try {
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, numericTensor(tensor)]));
  } finally {
    await session.release();
  }
}

/**
 * Largest |actual − expected|, as a share of the largest |expected| (at least 1); infinite where shapes or non-finite
 * numbers differ.
 */
export function difference(actual: NumericTensor | undefined, expected: NumericTensor): number {
  if (actual === undefined || actual.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  const largest = expected.data.reduce(
    (max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max),
    1,
  );
  return expected.data.reduce((max, value, index) => {
    const other = actual.data[index] ?? Number.NaN;
    if (Object.is(value, other) || value === other) return max;
    const distance = Math.abs(value - other);
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(max, distance / largest);
  }, 0);
}

/** The largest `difference`, over all outputs, of a run on the CPU against the float64 evaluator. */
export async function disagreement(
  outputs: { readonly [name: string]: Value },
  feeds: { readonly [name: string]: NumericTensor },
  target: Target,
): Promise<number> {
  const expected = evaluate(outputs, feeds);
  const actual = await runOnCpu(outputs, feeds, target);
  return Object.entries(expected).reduce((max, [name, tensor]) => Math.max(max, difference(actual[name], tensor)), 0);
}
