import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { gradientError } from '../autodiff/testing/central-differences.ts';
import { matmul, reduceMean } from '../graph/contraction.ts';
import { add, exp, mul, reciprocal, sigmoid, sqrt, sub } from '../graph/elementwise.ts';
import { evaluate } from '../graph/evaluate/evaluate.ts';
import { rmsNormalize, rotate, silu } from '../graph/fused.ts';
import { concat, gather, reshape, slice } from '../graph/layout.ts';
import { RandomFeeds } from '../graph/testing/random-feeds.ts';
import { type Value, scalar } from '../graph/value.ts';
import { attentionBias, attentionBiasBlocks } from './attention-bias.ts';
import { attention } from './attention.ts';
import { blockedAttention } from './blocked-attention.ts';
import { checkpointed } from './checkpoint.ts';
import { geluTanh } from './gelu.ts';
import { frozenTargetLogps, selectRows, targetLogps } from './head.ts';
import { linear, linears } from './linear.ts';
import { narrowProducts } from './narrow-products.ts';
import { largestOf } from '../extremes.ts';

interface Case {
  readonly output: Value;
  readonly targets: readonly Value[];
  /** The same numbers by ordinary operators. Without it, those inside the region. */
  readonly primitive?: Value;
}

const layout = { heads: 4, keyValueHeads: 2, headDim: 4, attentionScale: 4 ** -0.5, scoreCap: null };

/** Queries, keys, values and places of two rows: a prompt with two responses, and two documents with padding. */
function attentionInputs(feeds: RandomFeeds) {
  const [q, k, v] = [feeds.real('q', [2, 6, 16]), feeds.real('k', [2, 6, 8]), feeds.real('v', [2, 6, 8])];
  const place = (name: string, ...rows: readonly (readonly number[])[]): Value =>
    feeds.given(name, 'int64', [2, 6], rows.flat());
  const places = {
    slot: place('slot', [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
    position: place('position', [0, 1, 2, 3, 2, 3], [0, 1, 0, 1, 2, 0]),
    document: place('document', [0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, -1]),
    branch: place('branch', [0, 0, 1, 1, 2, 2], [0, 1, 0, 0, 1, 0]),
  };
  return { q, k, v, places };
}

function attentionCase(slidingWindow: number | null): (feeds: RandomFeeds) => Case {
  return (feeds) => {
    const { q, k, v, places } = attentionInputs(feeds);
    return {
      output: attention(q, k, v, attentionBias(places, places, slidingWindow, 'float64'), layout),
      targets: [q, k, v],
    };
  };
}

function blockedCase(blocks: number, slidingWindow: number | null): (feeds: RandomFeeds) => Case {
  return (feeds) => {
    const { q, k, v, places } = attentionInputs(feeds);
    return {
      output: blockedAttention(q, k, v, attentionBiasBlocks(places, blocks, slidingWindow, 'float64'), layout),
      targets: [q, k, v],
    };
  };
}

function headCase(chunks: number, logitCap: number | null = null, hasBias = false): (feeds: RandomFeeds) => Case {
  return (feeds) => {
    const [states, weight] = [feeds.real('states', [6, 4]), feeds.real('weight', [5, 4])];
    const head = { whole: weight, rows: (indices: Value) => gather(weight, indices) };
    const targets = feeds.given('targets', 'int64', [6], [0, 3, 3, 4, 1, 0]);
    const shared = { islands: 'float64', logitCap, bias: hasBias ? feeds.real('bias', [5]) : null } as const;
    return {
      output: frozenTargetLogps(states, targets, head, { ...shared, chunks, forTraining: true }),
      targets: [states],
      primitive: targetLogps(states, targets, weight, shared),
    };
  };
}

/** Two recomputed layers over one another; the first has a frozen weight too. */
function checkpointCase(feeds: RandomFeeds): Case {
  const x = feeds.real('x', [2, 3]);
  const [a, b, c, frozen] = [
    feeds.real('a', [3, 3], -1, 1),
    feeds.real('b', [3, 3], -1, 1),
    feeds.real('c', [3], -1, 1),
    feeds.real('frozen', [3, 3], -1, 1),
  ];
  const layer = (start: Value, weight: Value, other: Value): Value =>
    add(start, matmul(silu(matmul(start, weight)), other));
  const first = checkpointed(x, [a], (start) => layer(start, a, frozen));
  const second = checkpointed(first, [b, c], (start) => mul(layer(start, b, b), exp(c)));
  return { output: second, targets: [x, a, b, c] };
}

/** Three adapters' narrow products, and with `all` false only two of them used. */
function narrowCase(all: boolean): (feeds: RandomFeeds) => Case {
  return (feeds) => {
    const x = feeds.real('x', [2, 3, 5]);
    const matrices = [feeds.real('a', [2, 5]), feeds.real('b', [1, 5]), feeds.real('c', [3, 5])];
    const used = (products: readonly Value[]): Value =>
      concat(
        products.flatMap((product, index) => (all || index !== 1 ? [exp(product)] : [])),
        -1,
      );
    return {
      output: used(narrowProducts(x, matrices)),
      targets: [x, ...matrices.filter((_, index) => all || index !== 1)],
      primitive: used(matrices.map((a) => matmul(x, a, { transposeB: true }))),
    };
  };
}

const cases: { readonly [name: string]: (feeds: RandomFeeds) => Case } = {
  attention: attentionCase(null),
  'attention within a window': attentionCase(2),
  'attention in two blocks': blockedCase(2, null),
  'attention in three blocks within a window': blockedCase(3, 2),
  'rows chosen twice, once and never': (feeds) => {
    const hidden = feeds.real('hidden', [2, 3, 4]);
    const ids = (name: string, shape: readonly number[], data: readonly number[]): Value =>
      feeds.given(name, 'int64', shape, data);
    const rows = {
      rows: ids('rows', [4], [1, 2, 1, 5]),
      targets: ids('targets', [4], [0, 0, 0, 0]),
      uses: [ids('first', [2, 3], [4, 0, 1, 4, 4, 3]), ids('second', [2, 3], [4, 2, 4, 4, 4, 4])] as const,
    };
    return {
      output: exp(selectRows(hidden, rows)),
      targets: [hidden],
      primitive: exp(gather(reshape(hidden, [6, 4]), rows.rows)),
    };
  },
  'frozen head in one part': headCase(1),
  'frozen head in three parts': headCase(3),
  'frozen head with capped logits': headCase(3, 2),
  'frozen head with a bias': headCase(3, 2, true),
  'recomputed layers': checkpointCase,
  GELU: (feeds) => {
    const x = feeds.real('x', [3, 4], -3, 3);
    const number = (value: number): Value => scalar('float64', value);
    const inner = mul(add(x, mul(mul(mul(x, x), x), number(0.044715))), number(2 * Math.sqrt(2 / Math.PI)));
    return { output: exp(geluTanh(x)), targets: [x], primitive: exp(mul(x, sigmoid(inner))) };
  },
  'narrow products': narrowCase(true),
  'narrow products of which one is not used': narrowCase(false),
};

describe('rules derived by hand, in float64', () => {
  it.each(Object.keys(cases))('%s: against central differences and the ordinary rules', (name) => {
    const build = cases[name];
    if (build === undefined) throw new Error(`no case ${name}`);
    const feeds = new RandomFeeds('float64');
    const { output, targets, primitive } = build(feeds);
    expect(gradientError(output, targets, feeds.tensors)).toBeLessThan(1e-6);
    const seed = feeds.real('upstream', output.shape);
    const made = (value: Value, throughRegions: boolean) =>
      evaluate(
        {
          value,
          ...Object.fromEntries(
            gradients([{ output: value, seed }], targets, { throughRegions }).map((gradient, index) => [
              String(index),
              gradient,
            ]),
          ),
        },
        feeds.tensors,
      );
    const [own, ordinary] = [made(output, false), made(primitive ?? output, true)];
    expect(Object.keys(own)).toHaveLength(targets.length + 1);
    for (const [index, expected] of Object.entries(ordinary)) {
      const largest = largestOf(expected.data.map(Math.abs));
      expect(largest).toBeGreaterThan(0);
      expect(
        largestOf(expected.data.map((value, at) => Math.abs(value - (own[index]?.data[at] ?? Number.NaN)))) / largest,
      ).toBeLessThan(1e-12);
    }
  });

  it('a linear layer with bias and adapter', () => {
    const feeds = new RandomFeeds('float64');
    const [x, weight, bias, a, b] = [
      feeds.real('x', [2, 3, 4]),
      feeds.real('weight', [5, 4]),
      feeds.real('bias', [5]),
      feeds.real('a', [2, 4]),
      feeds.real('b', [5, 2]),
    ];
    expect(
      gradientError(
        linear(x, { weight, order: 'out by in', bias, adapter: { a, b, scale: 1.5 } }),
        [x, weight, bias, a, b],
        feeds.tensors,
      ),
    ).toBeLessThan(1e-6);
  });
});

it('linear layers of one input, two with adapters, equal each alone', () => {
  const feeds = new RandomFeeds('float64');
  const x = feeds.real('x', [2, 3, 4]);
  const layer = (name: string, out: number, rank: number) => ({
    weight: feeds.real(`${name} weight`, [out, 4]),
    order: 'out by in' as const,
    bias: null,
    adapter:
      rank === 0
        ? null
        : { a: feeds.real(`${name} a`, [rank, 4]), b: feeds.real(`${name} b`, [out, rank]), scale: 1.5 },
  });
  const layers = [layer('q', 5, 2), layer('k', 3, 0), layer('v', 2, 1)];
  const project = linears(x, layers);
  const numbers = evaluate(
    Object.fromEntries(
      layers.flatMap((weights, index) => [
        [`together ${index}`, project(weights)],
        [`alone ${index}`, linear(x, weights)],
      ]),
    ),
    feeds.tensors,
  );
  for (const index of layers.keys()) expect(numbers[`together ${index}`]).toEqual(numbers[`alone ${index}`]);
});

describe('fused operations equal their primitive forms, forward and backward', () => {
  const forms: {
    readonly [name: string]: (feeds: RandomFeeds) => {
      readonly fused: Value;
      readonly primitive: Value;
      readonly targets: readonly Value[];
    };
  } = {
    RmsNormalize: (feeds) => {
      const [x, weight] = [feeds.real('x', [2, 3, 6]), feeds.real('weight', [6])];
      const inverse = reciprocal(
        sqrt(add(reduceMean(mul(x, x), { axes: [-1], keepDims: true }), scalar('float64', 1e-3))),
      );
      return { fused: rmsNormalize(x, weight, 1e-3)[0], primitive: mul(mul(x, inverse), weight), targets: [x, weight] };
    },
    Rotate: (feeds) => {
      const [x, cosine, sine] = [feeds.real('x', [2, 3, 8]), feeds.real('cosine', [9, 2]), feeds.real('sine', [9, 2])];
      const positions = feeds.index('positions', [2, 3], 9);
      const [cos, sin] = [gather(cosine, positions), gather(sine, positions)];
      const turned = [0, 4].flatMap((head) => {
        const [first, second] = [slice(x, 2, head, head + 2), slice(x, 2, head + 2, head + 4)];
        return [sub(mul(first, cos), mul(second, sin)), add(mul(second, cos), mul(first, sin))];
      });
      return { fused: rotate(x, positions, cosine, sine), primitive: concat(turned, 2), targets: [x] };
    },
    'Rotate a part': (feeds) => {
      const [x, cosine, sine] = [feeds.real('x', [2, 3, 12]), feeds.real('cosine', [9, 2]), feeds.real('sine', [9, 2])];
      const positions = feeds.index('positions', [2, 3], 9);
      const parts = [0, 6].flatMap((head) => [
        rotate(slice(x, 2, head, head + 4), positions, cosine, sine),
        slice(x, 2, head + 4, head + 6),
      ]);
      return { fused: rotate(x, positions, cosine, sine, 6), primitive: concat(parts, 2), targets: [x] };
    },
    Silu: (feeds) => {
      const x = feeds.real('x', [3, 4], -6, 6);
      return { fused: silu(x), primitive: mul(x, sigmoid(x)), targets: [x] };
    },
  };

  it.each(Object.keys(forms))('%s', (name) => {
    const build = forms[name];
    if (build === undefined) throw new Error(`no form ${name}`);
    const feeds = new RandomFeeds('float64');
    const { fused, primitive, targets } = build(feeds);
    const seed = feeds.real('upstream', fused.shape);
    const made = (output: Value) =>
      evaluate(
        {
          output,
          ...Object.fromEntries(
            gradients([{ output, seed }], targets).map((value, index) => [`gradient ${index}`, value]),
          ),
        },
        feeds.tensors,
      );
    const [one, other] = [made(fused), made(primitive)];
    expect(Object.keys(one)).toHaveLength(targets.length + 1);
    for (const [key, expected] of Object.entries(other))
      for (const [at, value] of expected.data.entries()) expect(one[key]?.data[at], key).toBeCloseTo(value, 12);
    expect(gradientError(fused, targets, feeds.tensors)).toBeLessThan(1e-6);
  });
});
