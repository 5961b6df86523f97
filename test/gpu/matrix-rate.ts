import type { EngineDevice } from '../../native-models/engine/tasks.ts';
import { matmul, reduceSum } from '../../native-models/graph/contraction.ts';
import { cast } from '../../native-models/graph/elementwise.ts';
import { emit } from '../../native-models/graph/emit.ts';
import { type DType, input } from '../../native-models/graph/value.ts';
import { createSession } from '../../native-models/runtime/session.ts';

/** Products in a row, so that what crosses the bus does not count. */
const products = 16;

/** Floating-point operations a second of plain square matrix products on a device, the best of five runs. */
export async function matrixRate(device: EngineDevice, dtype: DType): Promise<number> {
  const size = device.provider === 'cuda' ? 8192 : 768;
  const a = cast(input('a', 'float32', [size, size]), dtype);
  let product = a;
  for (let index = 0; index < products; index++) product = matmul(a, product, { alpha: 1 / size });
  const session = await createSession(emit({ sum: reduceSum(cast(product, 'float32'), { axes: [0, 1] }) }, { target: device.provider }).bytes, device);
  const matrix = { dtype: 'float32', shape: [size, size], data: new Float32Array(size * size).fill(0.5) } as const;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 6; run++) {
    const startedAt = performance.now();
    await session.run({ a: matrix });
    best = Math.min(best, performance.now() - startedAt);
  }
  await session.release();
  return (products * 2 * size ** 3) / (best / 1000);
}
