import { describe, expect, test } from 'vitest';
import { matmul, reduceMax, reduceSum } from '../graph/contraction.ts';
import { add, exp, mul } from '../graph/elementwise.ts';
import { evaluate } from '../graph/evaluate/evaluate.ts';
import { rmsNormalize } from '../graph/fused.ts';
import { loop } from '../graph/loop.ts';
import { RandomFeeds } from '../graph/testing/random-feeds.ts';
import { type Value, makeRegion, scalar } from '../graph/value.ts';
import { reach } from '../graph/walk.ts';
import { gradients, one } from './gradients.ts';
import { gradientError } from './testing/central-differences.ts';

const tolerance = 1e-6;

function only(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error('there is one value');
  return value;
}

function sumOf(value: Value): Value {
  return reduceSum(value, { axes: value.shape.map((_, axis) => axis) });
}

describe('gradients flow to the targets only', () => {
  test('a target in the middle is a leaf: what is below it is not differentiated', () => {
    const feeds = new RandomFeeds('float64');
    const x = feeds.real('x', [3]);
    const middle = reduceMax(x, { axes: [0], keepDims: true });
    const loss = sumOf(mul(middle, middle));
    const [gradient] = gradients([{ output: loss, seed: one(loss) }], [middle]);
    const { largest, made } = evaluate(
      { largest: middle, made: only([gradient].flatMap((value) => value ?? [])) },
      feeds.tensors,
    );
    expect(made?.data[0]).toBeCloseTo(2 * (largest?.data[0] ?? 0), 12);
  });

  test('a frozen weight gets no product of its own', () => {
    const feeds = new RandomFeeds('float64');
    const [x, frozen, trained] = [feeds.real('x', [4, 3]), feeds.real('frozen', [3, 3]), feeds.real('trained', [3, 2])];
    const loss = sumOf(matmul(matmul(x, frozen), trained));
    const forward = reach([loss]).nodes.filter(({ op }) => op === 'MatMul').length;
    const made = gradients([{ output: loss, seed: one(loss) }], [trained]);
    const matmuls = (roots: readonly Value[]): number => reach(roots).nodes.filter(({ op }) => op === 'MatMul').length;
    expect(forward).toBe(2);
    // The forward pass's first product and the trained weight's gradient.
    expect(matmuls(made)).toBe(2);
  });

  test('a target no output depends on gets zeros of its shape', () => {
    const feeds = new RandomFeeds('float64');
    const [x, other] = [feeds.real('x', [2]), feeds.real('other', [2, 3])];
    const loss = sumOf(x);
    const { zero } = evaluate({ zero: only(gradients([{ output: loss, seed: one(loss) }], [other])) }, feeds.tensors);
    expect(zero).toEqual({ shape: [2, 3], data: new Float64Array(6) });
  });

  test('gradients of several outputs add up, and an output may be a target', () => {
    const feeds = new RandomFeeds('float64');
    const x = feeds.real('x', [2]);
    const [made] = gradients(
      [
        { output: sumOf(mul(x, x)), seed: scalar('float64', 3) },
        { output: x, seed: feeds.given('direct', 'float', [2], [10, 20]) },
      ],
      [x],
    );
    const { gradient } = evaluate({ gradient: only([made].flatMap((value) => value ?? [])) }, feeds.tensors);
    expect(Array.from(gradient?.data ?? [])).toEqual([
      10 + 6 * (feeds.tensors['x']?.data[0] ?? 0),
      20 + 6 * (feeds.tensors['x']?.data[1] ?? 0),
    ]);
  });
});

describe('a missing rule is refused by name', () => {
  test('of an operator', () => {
    const x = new RandomFeeds('float64').real('x', [2, 3]);
    const loss = sumOf(reduceMax(x, { axes: [1] }));
    expect(() => gradients([{ output: loss, seed: one(loss) }], [x])).toThrow(
      'There is no gradient rule for ReduceMax.',
    );
  });

  test('of a loop that captures the target', () => {
    const x = new RandomFeeds('float64').real('x', []);
    const { carried } = loop(scalar('int64', 3), [scalar('float64', 1)], (_, values) => ({
      carried: values.map((value) => mul(value, x)),
    }));
    const loss = only(carried);
    expect(() => gradients([{ output: loss, seed: one(loss) }], [x])).toThrow('There is no gradient rule for Loop.');
  });

  test("of a norm's second output", () => {
    const feeds = new RandomFeeds('float64');
    const x = feeds.real('x', [2, 3]);
    const loss = sumOf(rmsNormalize(x, feeds.real('w', [3]), 1e-5)[1]);
    expect(() => gradients([{ output: loss, seed: one(loss) }], [x])).toThrow('through its first output only');
  });
});

describe('regions', () => {
  /** `exp(a · b)` as a region whose rule is that of the formula, times `factor`. */
  function region(
    a: Value,
    b: Value,
    factor: number,
    seen: (after: readonly Value[]) => void = () => undefined,
  ): Value {
    const inner = exp(mul(a, b));
    return only(
      makeRegion({
        name: 'product',
        inputs: [a, b],
        inner: [inner],
        recomputes: true,
        gradient: ([dy], needed, { after }) => {
          seen(after);
          if (dy === null || dy === undefined) return [null, null];
          const scaled = mul(mul(dy, inner), scalar(dy.dtype, factor));
          return [needed[0] === true ? mul(scaled, b) : null, needed[1] === true ? mul(scaled, a) : null];
        },
      }),
    );
  }

  test('use their own rule, or the rules of what is inside when asked', () => {
    const feeds = new RandomFeeds('float64');
    const [a, b] = [feeds.real('a', [3]), feeds.real('b', [3])];
    const right = add(region(a, b, 1), a);
    const wrong = add(region(a, b, 2), a);
    expect(gradientError(right, [a, b], feeds.tensors)).toBeLessThan(tolerance);
    expect(gradientError(wrong, [a, b], feeds.tensors)).toBeGreaterThan(0.1);
    expect(gradientError(wrong, [a, b], feeds.tensors, { throughRegions: true })).toBeLessThan(tolerance);
  });

  test(
    'are differentiated after everything that uses them, last first, and told the parameter gradients made ' +
      'since the one before',
    () => {
      const feeds = new RandomFeeds('float64');
      const [a, b, c] = [feeds.real('a', [3], 0, 0.5), feeds.real('b', [3], 0, 0.5), feeds.real('c', [3], 0, 0.5)];
      const calls: (readonly Value[])[] = [];
      const first = region(a, b, 1, (after) => calls.push(after));
      const second = region(first, c, 1, (after) => calls.push(after));
      const d = feeds.real('d', [3]);
      const output = mul(mul(second, first), d);
      const made = gradients([{ output, seed: feeds.real('upstream', [3]) }], [a, b, c, d]);
      expect(calls).toHaveLength(2);
      expect(calls[0]).toEqual([made[3]]);
      expect(calls[1]).toEqual([made[2]]);
      expect(gradientError(output, [a, b, c, d], feeds.tensors)).toBeLessThan(tolerance);
    },
  );
});
