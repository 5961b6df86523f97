import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { evaluate } from '../graph/evaluate/evaluate.ts';
import type { NumericTensor } from '../graph/evaluate/tensor.ts';
import { type DType, type Value, input } from '../graph/value.ts';
import { difference, runOnCpu } from '../runtime/testing/agreement.ts';
import { seededRandom } from '../text/seeded-random.ts';
import { attentionBias, attentionBiasBlocks } from './attention-bias.ts';
import { attention } from './attention.ts';
import { blockedAttention } from './blocked-attention.ts';

const layout = { heads: 4, keyValueHeads: 2, headDim: 6, attentionScale: 6 ** -0.5, scoreCap: null };
const [batch, seq] = [2, 12];

/** Output and gradients of attention in one piece (`blocks` 1) or in blocks, over rows of unknown length. */
function graph(dtype: DType, blocks: number, slidingWindow: number | null): { readonly [output: string]: Value } {
  const wide = (name: string, heads: number): Value => input(name, dtype, ['batch', 'seq', heads * layout.headDim]);
  const [q, k, v, seed] = [
    wide('q', layout.heads),
    wide('k', layout.keyValueHeads),
    wide('v', layout.keyValueHeads),
    wide('seed', layout.heads),
  ];
  const place = (name: string): Value => input(name, 'int64', ['batch', 'seq']);
  const places = {
    slot: place('slot'),
    position: place('position'),
    document: place('document'),
    branch: place('branch'),
  };
  const output =
    blocks === 1
      ? attention(q, k, v, attentionBias(places, places, slidingWindow, dtype), layout)
      : blockedAttention(q, k, v, attentionBiasBlocks(places, blocks, slidingWindow, dtype), layout);
  const [dq, dk, dv] = gradients([{ output, seed }], [q, k, v]);
  if (dq === undefined || dk === undefined || dv === undefined) throw new Error('expected three gradients');
  return { output, dq, dk, dv };
}

/** Two rows, each with a prompt, two responses and padding; the second holds two documents. */
function feeds(): { readonly [name: string]: NumericTensor } {
  const random = seededRandom(8, 6);
  const noise = (heads: number): NumericTensor => ({
    shape: [batch, seq, heads * layout.headDim],
    data: Float64Array.from(
      { length: batch * seq * heads * layout.headDim },
      () => random.below(2 ** 20) / 2 ** 19 - 1,
    ),
  });
  const ids = (...rows: readonly (readonly number[])[]): NumericTensor => ({
    shape: [batch, seq],
    data: Float64Array.from(rows.flat()),
  });
  return {
    q: noise(layout.heads),
    k: noise(layout.keyValueHeads),
    v: noise(layout.keyValueHeads),
    seed: noise(layout.heads),
    slot: ids([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    position: ids([0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 0, 0], [0, 1, 2, 3, 2, 3, 0, 1, 2, 3, 2, 3]),
    document: ids([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
    branch: ids([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0], [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]),
  };
}

describe('attention over blocks of queries', () => {
  it.each([
    { blocks: 2, slidingWindow: null },
    { blocks: 3, slidingWindow: null },
    { blocks: 12, slidingWindow: null },
    { blocks: 4, slidingWindow: 3 },
  ])(
    'equals attention in one piece, forward and backward ($blocks blocks, window $slidingWindow)',
    async ({ blocks, slidingWindow }) => {
      const exact = evaluate(graph('float64', 1, slidingWindow), feeds());
      const blocked = evaluate(graph('float64', blocks, slidingWindow), feeds());
      const onCpu = await runOnCpu(graph('float32', blocks, slidingWindow), feeds(), 'cpu');
      for (const [name, expected] of Object.entries(exact)) {
        expect(difference(blocked[name], expected), name).toBeLessThan(1e-13);
        expect(difference(onCpu[name], expected), name).toBeLessThan(1e-6);
      }
    },
  );

  it('refuses rows that do not divide into its blocks', () => {
    const place = (name: string): Value => input(name, 'int64', [1, 10]);
    const places = {
      slot: place('slot'),
      position: place('position'),
      document: place('document'),
      branch: place('branch'),
    };
    expect(() => attentionBiasBlocks(places, 4, null, 'float32')).toThrow(
      expect.objectContaining({ code: 'attention-blocks' }),
    );
  });
});
