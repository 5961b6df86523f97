import {
  abs,
  add,
  cast,
  div,
  exp,
  greater,
  log,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  sigmoid,
  sqrt,
  sub,
  where,
} from '../../graph/elementwise.ts';
import { cumulativeSum, logSoftmax, matmul, reduceMean, reduceSum, softmax } from '../../graph/contraction.ts';
import { barrier, rmsNormalize, rotate, silu } from '../../graph/fused.ts';
import { concat, expand, gather, gatherLast, reshape, slice, sliceLast, transpose } from '../../graph/layout.ts';
import type { RandomFeeds } from '../../graph/testing/random-feeds.ts';
import type { Value } from '../../graph/value.ts';

export interface RuleCase {
  readonly output: Value;
  /** The inputs to differentiate. */
  readonly targets: readonly Value[];
}

/** Sizes of the named dimensions in the cases. */
export const ruleSizes = { batch: 2, seq: 3 };

type Build = (feeds: RandomFeeds) => RuleCase;

function unary(compute: (x: Value) => Value, from = -2, to = 2): Build {
  return (feeds) => {
    const x = feeds.real('x', ['batch', 4], from, to);
    return { output: compute(x), targets: [x] };
  };
}

function binary(compute: (a: Value, b: Value) => Value): Build {
  return (feeds) => {
    const [a, b] = [feeds.real('a', ['batch', 1, 4]), feeds.real('b', ['seq', 1], 0.5, 2)];
    return { output: compute(a, b), targets: [a, b] };
  };
}

/** One or more cases for every rule, by operator. */
export const ruleCases: { readonly [op: string]: readonly Build[] } = {
  Add: [binary(add), binary((a, b) => add(a, mul(b, a)))],
  Sub: [binary(sub)],
  Mul: [binary(mul), unary((x) => mul(x, x))],
  Div: [binary(div)],
  Max: [binary(maximum)],
  Min: [binary(minimum)],
  Neg: [unary(neg)],
  Exp: [unary(exp)],
  Log: [unary(log, 0.2, 3)],
  Sqrt: [unary(sqrt, 0.2, 3)],
  Reciprocal: [unary(reciprocal, 0.4, 3)],
  Sigmoid: [unary(sigmoid)],
  Abs: [unary(abs)],
  Silu: [unary(silu)],
  Cast: [
    unary((x) => cast(cast(x, 'float32'), 'float64')),
    // A comparison's truth as a number is flat: only the second factor has a gradient.
    unary((x) => mul(cast(greater(x, neg(x)), 'float64'), x)),
  ],
  Barrier: [
    (feeds) => {
      const [x, other] = [feeds.real('x', ['batch', 3]), feeds.real('other', ['seq'])];
      return { output: mul(barrier(x, [other]), x), targets: [x, other] };
    },
  ],
  Where: [
    (feeds) => {
      const [a, b] = [feeds.real('a', [4]), feeds.real('b', ['seq', 1, 1])];
      return { output: where(feeds.bool('c', ['batch', 1]), a, b), targets: [a, b] };
    },
  ],
  MatMul: [
    (feeds) => {
      const [a, b] = [feeds.real('a', ['batch', 'seq', 4]), feeds.real('b', [5, 4])];
      return { output: matmul(a, b, { transposeB: true }), targets: [a, b] };
    },
  ],
  ReduceSum: [
    unary((x) => reduceSum(x, { axes: [-1] })),
    unary((x) => reduceSum(mul(x, x), { axes: [0, 1] })),
    unary((x) => reduceSum(x, { axes: [0], keepDims: true })),
  ],
  ReduceMean: [
    unary((x) => reduceMean(mul(x, x), { axes: [-1] })),
    unary((x) => mul(x, reduceMean(x, { axes: [1], keepDims: true }))),
  ],
  Softmax: [unary(softmax)],
  LogSoftmax: [unary(logSoftmax)],
  CumSum: [unary((x) => cumulativeSum(mul(x, x))), unary((x) => cumulativeSum(mul(x, x), true))],
  Reshape: [
    (feeds) => {
      const x = feeds.real('x', ['batch', 'seq', 6]);
      return { output: mul(reshape(x, ['batch', 'seq', 2, 3]), reshape(x, ['batch', 'seq', 2, 3])), targets: [x] };
    },
    (feeds) => {
      const x = feeds.real('x', ['batch', 2, 3]);
      return { output: exp(reshape(x, ['rows', 3])), targets: [x] };
    },
  ],
  Expand: [
    (feeds) => {
      const [x, y] = [feeds.real('x', [3, 1]), feeds.real('y', [2, 3, 4])];
      return { output: mul(expand(x, [2, 3, 4]), y), targets: [x, y] };
    },
  ],
  Transpose: [
    (feeds) => {
      const x = feeds.real('x', ['batch', 'seq', 2, 4]);
      return { output: exp(transpose(x, [2, 0, 3, 1])), targets: [x] };
    },
  ],
  Concat: [
    (feeds) => {
      const [a, b] = [feeds.real('a', ['batch', 2, 3]), feeds.real('b', ['batch', 4, 3])];
      return { output: exp(concat([a, b, a], 1)), targets: [a, b] };
    },
    (feeds) => {
      const [a, b] = [feeds.real('a', ['batch', 2]), feeds.real('b', ['batch', 4])];
      return { output: exp(concat([a, b], -1)), targets: [b] };
    },
  ],
  Slice: [
    unary((x) => exp(slice(x, 1, 1, 3))),
    unary((x) => exp(slice(x, 1, 0, 2))),
    unary((x) => exp(sliceLast(x, 1, 3))),
  ],
  Gather: [
    (feeds) => {
      const table = feeds.real('table', [5, 3]);
      return { output: exp(gather(table, feeds.given('i', 'int64', [2, 3], [1, 4, 1, 0, 1, 4]))), targets: [table] };
    },
    (feeds) => {
      const table = feeds.real('table', [5, 2, 2]);
      return { output: exp(gather(table, feeds.index('i', ['seq'], 5))), targets: [table] };
    },
  ],
  GatherElements: [
    (feeds) => {
      const x = feeds.real('x', ['batch', 5]);
      return { output: exp(gatherLast(x, feeds.given('i', 'int64', [2, 3], [0, 0, 4, 2, 2, 2]))), targets: [x] };
    },
  ],
  RmsNormalize: [
    (feeds) => {
      const [x, weight] = [feeds.real('x', ['batch', 'seq', 6]), feeds.real('weight', [6])];
      return { output: rmsNormalize(x, weight, 1e-3)[0], targets: [x, weight] };
    },
    (feeds) => {
      const [x, weight] = [feeds.real('x', ['batch', 6]), feeds.real('weight', [6])];
      return { output: rmsNormalize(x, weight, 1e-3)[0], targets: [weight] };
    },
  ],
  Rotate: [
    (feeds) => {
      const x = feeds.real('x', ['batch', 'seq', 12]);
      const [cosine, sine] = [feeds.real('cos', [9, 2]), feeds.real('sin', [9, 2])];
      return { output: exp(rotate(x, feeds.index('p', ['batch', 'seq'], 9), cosine, sine, 6)), targets: [x] };
    },
    (feeds) => {
      const x = feeds.real('x', ['batch', 'seq', 8]);
      return {
        output: exp(
          rotate(x, feeds.index('p', ['batch', 'seq'], 9), feeds.real('cos', [9, 2]), feeds.real('sin', [9, 2])),
        ),
        targets: [x],
      };
    },
  ],
};
