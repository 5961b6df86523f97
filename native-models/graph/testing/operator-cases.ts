import {
  abs,
  add,
  and,
  cast,
  div,
  equal,
  exp,
  greater,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  reciprocal,
  sigmoid,
  sqrt,
  sub,
  where,
} from '../elementwise.ts';
import {
  argMax,
  cumulativeSum,
  logSoftmax,
  matmul,
  reduceMax,
  reduceMean,
  reduceSum,
  softmax,
} from '../contraction.ts';
import { addRmsNormalize, barrier, rmsNormalize, rotate, silu } from '../fused.ts';
import {
  concat,
  expand,
  gather,
  gatherLast,
  leading,
  reshape,
  scatterLast,
  scatterRows,
  slice,
  sliceLast,
  topK,
  transpose,
} from '../layout.ts';
import { loop } from '../loop.ts';
import { type Value, constant, scalar } from '../value.ts';
import type { RandomFeeds } from './random-feeds.ts';

/** Sizes of the named dimensions in the cases. */
export const caseSizes = { batch: 2, seq: 3, rows: 5 };

type Outputs = { readonly [name: string]: Value };

/**
 * Small computations that use every operator, with broadcasting and named sizes; each makes its inputs from `feeds`.
 */
export const operatorCases: { readonly [name: string]: (feeds: RandomFeeds) => Outputs } = {
  'arithmetic, same shape': (feeds) => {
    const [a, b] = [feeds.real('a', ['batch', 4]), feeds.real('b', ['batch', 4], 0.5, 2)];
    return {
      sum: add(a, b),
      difference: sub(a, b),
      product: mul(a, b),
      quotient: div(a, b),
      larger: maximum(a, b),
      smaller: minimum(a, b),
    };
  },
  'arithmetic, broadcast both ways': (feeds) => {
    const [a, b] = [feeds.real('a', ['batch', 1, 4]), feeds.real('b', ['seq', 1], 0.5, 2)];
    return {
      sum: add(a, b),
      difference: sub(a, b),
      product: mul(a, b),
      quotient: div(a, b),
      larger: maximum(a, b),
      smaller: minimum(a, b),
    };
  },
  'arithmetic, scalar operand': (feeds) => {
    const a = feeds.real('a', ['batch', 4]);
    return { sum: add(a, scalar(a.dtype, 1.5)), difference: sub(scalar(a.dtype, 1.5), a) };
  },
  'whole numbers': (feeds) => {
    const [a, b] = [feeds.index('a', ['batch', 4], 9), feeds.given('b', 'int64', [4], [1, 2, 3, -2])];
    return { sum: add(a, b), quotient: div(a, b), product: mul(a, b), equal: equal(a, b), real: cast(a, feeds.dtype) };
  },
  'functions of one number': (feeds) => {
    const [x, positive] = [feeds.real('x', ['batch', 5]), feeds.real('positive', ['batch', 5], 0.1, 3)];
    return {
      neg: neg(x),
      exp: exp(x),
      log: log(positive),
      sqrt: sqrt(positive),
      reciprocal: reciprocal(positive),
      sigmoid: sigmoid(x),
      abs: abs(x),
      silu: silu(x),
    };
  },
  comparisons: (feeds) => {
    const [a, b] = [feeds.given('a', 'float', [2, 3], [1, 2, 3, -1, 0, 2]), feeds.given('b', 'float', [3], [1, 3, 2])];
    return { less: less(a, b), lessOrEqual: lessOrEqual(a, b), greater: greater(a, b), equal: equal(a, b) };
  },
  logic: (feeds) => {
    const [a, b] = [feeds.bool('a', ['batch', 6]), feeds.bool('b', ['batch', 6])];
    return { and: and(a, b), or: or(a, b), not: not(a), number: cast(a, feeds.dtype) };
  },
  'where, all three broadcast': (feeds) => ({
    y: where(feeds.bool('c', ['batch', 1]), feeds.real('a', [4]), feeds.real('b', ['seq', 1, 1])),
  }),
  'cast to whole numbers cuts the fraction': (feeds) => ({
    y: cast(feeds.given('x', 'float', [4], [1.7, -1.7, 0.2, 3]), 'int64'),
    truth: cast(feeds.given('z', 'float', [3], [0, -0.5, 2]), 'bool'),
  }),
  'matmul, matrices': (feeds) => ({ y: matmul(feeds.real('a', ['batch', 4]), feeds.real('b', [4, 3])) }),
  'matmul, all orientations': (feeds) => {
    const [a, b, at, bt] = [
      feeds.real('a', ['batch', 3, 4]),
      feeds.real('b', ['batch', 4, 2]),
      feeds.real('at', ['batch', 4, 3]),
      feeds.real('bt', ['batch', 2, 4]),
    ];
    return {
      plain: matmul(a, b, { alpha: 0.5 }),
      left: matmul(at, b, { transposeA: true }),
      right: matmul(a, bt, { transposeB: true, alpha: -2 }),
      both: matmul(at, bt, { transposeA: true, transposeB: true }),
    };
  },
  'matmul, batch by one matrix': (feeds) => ({
    y: matmul(feeds.real('a', ['batch', 'seq', 4]), feeds.real('w', [5, 4]), { transposeB: true }),
  }),
  'matmul, broadcast batches': (feeds) => ({
    y: matmul(feeds.real('a', ['batch', 1, 2, 4]), feeds.real('b', [3, 5, 4]), { transposeB: true, alpha: 0.25 }),
  }),
  reductions: (feeds) => {
    const x = feeds.real('x', ['batch', 'seq', 4]);
    return {
      sum: reduceSum(x, { axes: [-1] }),
      sumKept: reduceSum(x, { axes: [0, 2], keepDims: true }),
      all: reduceSum(x, { axes: [0, 1, 2] }),
      mean: reduceMean(x, { axes: [-1], keepDims: true }),
      max: reduceMax(x, { axes: [1] }),
    };
  },
  'softmax with large numbers': (feeds) => {
    const x = feeds.real('x', ['batch', 'seq', 4], -200, 200);
    return { softmax: softmax(x), logSoftmax: logSoftmax(x) };
  },
  'argmax takes the first on a tie': (feeds) => ({
    y: argMax(feeds.given('x', 'float', [3, 4], [1, 3, 3, 2, 5, 5, 5, 5, -1, -4, -2, -1])),
  }),
  'running sums': (feeds) => {
    const x = feeds.real('x', ['batch', 'seq']);
    return {
      inclusive: cumulativeSum(x),
      exclusive: cumulativeSum(x, true),
      whole: cumulativeSum(feeds.index('i', ['batch', 4], 5)),
    };
  },
  'top of a row, ties by position': (feeds) => {
    const [values, places] = topK(feeds.given('x', 'float', [2, 5], [1, 4, 4, 2, 0, -1, -1, -3, -1, -2]), 3);
    return { values, places };
  },
  'reshape, named sizes': (feeds) => {
    const x = feeds.real('x', ['batch', 'seq', 6]);
    return {
      split: reshape(x, ['batch', 'seq', 2, 3]),
      flat: reshape(x, ['tokens', 6]),
      back: reshape(reshape(x, ['batch', 'all']), ['batch', 'seq', 6]),
    };
  },
  'expand and transpose': (feeds) => ({
    wide: expand(feeds.real('x', [3, 1]), [2, 3, 4]),
    turned: transpose(feeds.real('y', ['batch', 'seq', 2, 4]), [0, 2, 1, 3]),
    moved: transpose(feeds.real('z', [2, 3, 4]), [2, 0, 1]),
  }),
  'padding taken off': (feeds) => ({
    kept: leading(feeds.real('x', ['batch', 5, 3]), constant('int64', [3], [2, 4, 1]), ['some', 'less', 1]),
  }),
  'concat and slices': (feeds) => {
    const [a, b] = [feeds.real('a', ['batch', 2, 3]), feeds.real('b', ['batch', 4, 3])];
    const grown = concat([feeds.real('past', ['batch', 'seq', 3]), a], 1, 'total');
    return {
      joined: concat([a, b], 1),
      last: concat([a, a], -1),
      grown,
      middle: slice(b, 1, 1, 3),
      tail: sliceLast(grown, 1, 2),
      end: sliceLast(b, -2, 3),
    };
  },
  'gather rows': (feeds) => {
    const table = feeds.real('table', [7, 3]);
    return {
      one: gather(table, feeds.index('i', ['rows'], 7)),
      two: gather(table, feeds.index('j', ['batch', 'seq'], 7)),
      single: gather(table, scalar('int64', 2)),
    };
  },
  'gather along the last axis': (feeds) => ({
    y: gatherLast(feeds.real('x', ['batch', 'seq', 6]), feeds.index('i', ['batch', 'seq', 2], 6)),
  }),
  'scatter rows, equal indices add up': (feeds) => ({
    y: scatterRows(feeds.given('i', 'int64', [5], [1, 3, 1, 0, 1]), feeds.real('u', ['rows', 4]), 6),
  }),
  'scatter along the last axis, equal indices add up': (feeds) => ({
    y: scatterLast(
      feeds.real('x', ['batch', 5]),
      feeds.given('i', 'int64', [2, 3], [0, 0, 4, 2, 2, 2]),
      feeds.real('u', ['batch', 3]),
    ),
  }),
  'root mean square norm': (feeds) => {
    const [normalized, inverseRms] = rmsNormalize(feeds.real('x', ['batch', 'seq', 8]), feeds.real('w', [8]), 1e-5);
    return { normalized, inverseRms };
  },
  'residual addition with its norm': (feeds) => {
    const [x, y, weight] = [
      feeds.real('x', ['batch', 'seq', 8]),
      feeds.real('y', ['batch', 'seq', 8]),
      feeds.real('w', [8]),
    ];
    const [normalized, sum] = addRmsNormalize(x, y, weight, 1e-5);
    return { normalized, sum, difference: sub(normalized, rmsNormalize(add(x, y), weight, 1e-5)[0]) };
  },
  'rotary positions': (feeds) => ({
    y: rotate(
      feeds.real('x', ['batch', 'seq', 16]),
      feeds.index('p', ['batch', 'seq'], 9),
      feeds.real('cos', [9, 4]),
      feeds.real('sin', [9, 4]),
    ),
  }),
  'rotary positions of a part of each head': (feeds) => ({
    y: rotate(
      feeds.real('x', ['batch', 'seq', 20]),
      feeds.index('p', ['batch', 'seq'], 9),
      feeds.real('cos', [9, 4]),
      feeds.real('sin', [9, 4]),
      10,
    ),
  }),
  barriers: (feeds) => {
    const [x, y, i] = [feeds.real('x', ['batch', 3]), feeds.real('y', ['seq', 4]), feeds.index('i', ['rows'], 4)];
    return { matrix: barrier(x, [y, i]), number: barrier(reduceSum(x, { axes: [0, 1] }), [y]) };
  },
  'loop with captured values, growth, scans and an early end': (feeds) => {
    const [x, limit] = [feeds.real('x', ['batch', 2], 1.1, 2), scalar(feeds.dtype, 4)];
    const { carried, scans } = loop(
      scalar('int64', 10),
      [reduceSum(x, { axes: [0, 1] }), x],
      (iteration, [total, history]) => {
        if (total === undefined || history === undefined) throw new Error('two values are carried');
        const next = add(total, scalar(feeds.dtype, 1));
        const row = mul(sliceLast(history, 0, 1), add(x, cast(iteration, feeds.dtype)));
        return {
          carried: [next, concat([history, row], 0, 'grown')],
          scans: [next],
          goOn: less(iteration, cast(limit, 'int64')),
        };
      },
      { shapes: [[], ['grown', 2]] },
    );
    const [total, history] = carried;
    const [scan] = scans;
    if (total === undefined || history === undefined || scan === undefined)
      throw new Error('the loop gives what it carries');
    return { total, history, scan };
  },
  'large constants': (feeds) => ({
    y: add(
      feeds.real('x', ['batch', 20]),
      constant(
        feeds.dtype,
        [20],
        Array.from({ length: 20 }, (_, index) => index / 4),
      ),
    ),
  }),
};
