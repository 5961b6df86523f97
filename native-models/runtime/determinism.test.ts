import { expect, test } from 'vitest';
import { cumulativeSum, logSoftmax, matmul, reduceSum, softmax } from '../graph/contraction.ts';
import { emit } from '../graph/lowering/emit.ts';
import { rmsNormalize, rotate, silu } from '../graph/fused.ts';
import { scatterLast, scatterRows } from '../graph/layout.ts';
import { RandomFeeds } from '../graph/testing/random-feeds.ts';
import type { Value } from '../graph/value.ts';
import { createSession } from './session.ts';
import { sessionTensor } from './testing/agreement.ts';

/** Operators whose kernels spread their work over threads, at sizes where they do. */
const cases: { readonly [name: string]: (feeds: RandomFeeds) => readonly Value[] } = {
  'matrix products': (feeds) => {
    const [x, w] = [feeds.real('x', [4, 'rows', 64]), feeds.real('w', [96, 64])];
    return [matmul(x, w, { transposeB: true }), matmul(x, x, { transposeA: true, alpha: 0.125 })];
  },
  reductions: (feeds) => {
    const x = feeds.real('x', ['rows', 512]);
    return [reduceSum(x, { axes: [0] }), reduceSum(x, { axes: [1] }), reduceSum(x, { axes: [0, 1] })];
  },
  rows: (feeds) => {
    const x = feeds.real('x', ['rows', 512]);
    return [softmax(x), logSoftmax(x), cumulativeSum(x), silu(x), ...rmsNormalize(x, feeds.real('w', [512]), 1e-6)];
  },
  'rotary positions': (feeds) => [
    rotate(
      feeds.real('x', [4, 'rows', 128]),
      feeds.index('p', [4, 'rows'], 600),
      feeds.real('cos', [600, 16]),
      feeds.real('sin', [600, 16]),
    ),
  ],
  // One row gets every update: kernels that race lose some of them here.
  'added rows': (feeds) => [scatterRows(feeds.index('i', ['many'], 1), feeds.real('u', ['many', 64]), 1)],
  'added elements': (feeds) => [
    scatterLast(feeds.real('x', ['rows', 16]), feeds.index('i', ['rows', 256], 16), feeds.real('u', ['rows', 256])),
  ],
};

test.each(Object.entries(cases))('%s give the same bytes in every run with several threads', async (_, build) => {
  const feeds = new RandomFeeds('float32', { rows: 512, many: 4096 });
  const outputs = Object.fromEntries(build(feeds).map((value, index) => [String(index), value]));
  const session = await createSession(emit(outputs, { target: 'cpu' }).bytes, { provider: 'cpu', threads: 4 });
  const whole = new Set(['i', 'p']);
  const tensors = Object.fromEntries(
    Object.entries(feeds.tensors).map(([name, tensor]) => [
      name,
      sessionTensor(whole.has(name) ? 'int64' : 'float32', tensor),
    ]),
  );
  const first = await session.run(tensors);
  for (let run = 1; run < 12; run++) {
    const again = await session.run(tensors);
    for (const [name, { data }] of Object.entries(again)) {
      const other = first[name]?.data;
      const bytes = (view: ArrayBufferView): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
      expect(other !== undefined && bytes(data).equals(bytes(other)), `output ${name} of run ${run}`).toBe(true);
    }
  }
  await session.release();
});
