import { describe, expect, test } from 'vitest';
import { disagreement } from '../runtime/testing/agreement.ts';
import { kernels } from './evaluate/evaluate.ts';
import type { Target } from './lowering/providers.ts';
import { caseSizes, operatorCases } from './testing/operator-cases.ts';
import { RandomFeeds } from './testing/random-feeds.ts';
import { cast } from './elementwise.ts';
import { concat } from './layout.ts';
import { constant } from './value.ts';
import { reach } from './walk.ts';

/** Largest difference from float64 as a share of the largest number. */
const tolerance: { readonly [target in Target]: number } = {
  cpu: 2e-6,
  cuda: 2e-6,
  webgpu: 2e-6,
  dml: 2e-6,
  float64: 1e-14,
  portable: 2e-6,
};
const targets: readonly Target[] = ['cpu', 'cuda', 'webgpu', 'dml', 'float64', 'portable'];

describe.each(targets)('operators written for %s agree with the float64 evaluator', (target) => {
  test.each(Object.entries(operatorCases))('%s', async (_, build) => {
    const feeds = new RandomFeeds(target === 'float64' ? 'float64' : 'float32', caseSizes);
    const outputs = build(feeds);
    expect(await disagreement(outputs, feeds.tensors, target)).toBeLessThan(tolerance[target]);
  });
});

test('every operator of the evaluator is compared', () => {
  const compared = new Set<string>(
    Object.values(operatorCases).flatMap((build) =>
      reach(Object.values(build(new RandomFeeds('float32', caseSizes)))).nodes.map(({ op }) => op),
    ),
  );
  expect(Object.keys(kernels).filter((op) => !compared.has(op))).toEqual([]);
  expect(compared).toContain('Loop');
});

describe.each(['float16', 'bfloat16'] as const)('%s on the CPU', (narrow) => {
  test('keeps its precision in a round trip', async () => {
    const feeds = new RandomFeeds('float32', caseSizes);
    const y = cast(cast(feeds.real('x', ['batch', 40]), narrow), 'float32');
    const share = await disagreement({ y }, feeds.tensors, 'cpu');
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(narrow === 'float16' ? 2 ** -11 : 2 ** -8);
  });

  test('takes constants', async () => {
    const y = cast(
      concat([constant(narrow, [2], [1.5, -0.25]), constant(narrow, [20], new Float64Array(20).fill(-3))], 0),
      'float32',
    );
    expect(await disagreement({ y }, {}, 'cpu')).toBe(0);
  });
});
