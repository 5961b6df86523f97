import { matmul, reduceSum } from '../../graph/contraction.ts';
import { cast } from '../../graph/elementwise.ts';
import { emit } from '../../graph/lowering/emit.ts';
import { type DType, input } from '../../graph/value.ts';
import { createSession } from '../../runtime/session.ts';
import { floats } from '../model/feeds.ts';
import type { EngineDevice } from '../../protocol/tasks.ts';

/** Products in a row, so that what crosses the bus does not count. */
const products = 16;

/**
 * Floating-point operations a second of plain products of `size × size` matrices on a device, the best of `runs` after
 * one that warms up.
 */
export async function matrixRate(device: EngineDevice, dtype: DType, size: number, runs: number): Promise<number> {
  const a = cast(input('a', 'float32', [size, size]), dtype);
  let product = a;
  for (let index = 0; index < products; index++) product = matmul(a, product, { alpha: 1 / size });
  const session = await createSession(
    emit({ sum: reduceSum(cast(product, 'float32'), { axes: [0, 1] }) }, { target: device.provider }).bytes,
    device,
  );
  const matrix = floats([size, size], new Float32Array(size * size).fill(0.5));
  await session.run({ a: matrix });
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    await session.run({ a: matrix });
    best = Math.min(best, performance.now() - startedAt);
  }
  await session.release();
  return (products * 2 * size ** 3) / (best / 1000);
}
