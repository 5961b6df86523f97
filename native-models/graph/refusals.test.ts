import { expect, test } from 'vitest';
import { matmul, reduceSum } from './contraction.ts';
import { add, mul } from './elementwise.ts';
import { rmsNormalize, rotate } from './fused.ts';
import { concat, reshape, scatterRows, slice, transpose } from './layout.ts';
import { loop } from './loop.ts';
import { type DType, type Shape, type Value, constant, input, scalar } from './value.ts';

const tensor = (shape: Shape, dtype: DType = 'float32'): Value => input('x', dtype, shape);

test.each<[() => unknown, string]>([
  [() => add(tensor([2, 3]), tensor([2, 4])), 'Shapes [2, 3] and [2, 4] do not broadcast.'],
  [() => add(tensor(['batch', 3]), tensor(['seq', 3])), 'Shapes [batch, 3] and [seq, 3] do not broadcast.'],
  [() => mul(tensor([2]), tensor([2], 'float64')), 'Mul got float32 and float64; cast one of them.'],
  [() => matmul(tensor([2, 3]), tensor([2, 3])), 'Inner sizes differ: [2, 3] × [2, 3]'],
  [() => reduceSum(tensor([2, 3]), { axes: [2] }), 'Axis 2 does not exist in a tensor of 2 dimensions.'],
  [() => matmul(tensor([3]), tensor([3, 2])), 'Axis -2 does not exist in shape [3].'],
  [() => reshape(tensor([2, 3]), [4]), 'changes the number of elements'],
  [() => reshape(tensor(['tokens', 4]), ['batch', 'seq', 4]), 'leaves more than one size open'],
  [() => transpose(tensor([2, 3]), [0, 0]), 'Order [0, 0] does not fit [2, 3].'],
  [() => concat([tensor(['seq', 2]), tensor([1, 2])], 0), 'The joined size of seq + 1 needs a name.'],
  [() => concat([], 0), 'at least one part'],
  [() => slice(tensor([2, 3]), 1, 2, 5), 'Slice 2:5 does not lie in axis 1 of [2, 3].'],
  [() => slice(tensor(['seq', 3]), 0, 0, 1), 'Axis 0 of [seq, 3] must be known'],
  [() => scatterRows(tensor(['n'], 'int64'), tensor(['n', 'width']), 4), 'Axis -1 of [n, width] must be known'],
  [() => rmsNormalize(tensor([2, 3]), tensor([4]), 1e-5), 'The weight [4] does not fit [2, 3].'],
  [
    () => rotate(tensor([1, 2, 6]), tensor([1, 2], 'int64'), tensor([9, 2]), tensor([9, 2])),
    '[1, 2, 6] is not a whole number of heads of 4.',
  ],
  [() => constant('float32', [2, 2], [1, 2, 3]), 'A constant of shape [2, 2] needs 4 numbers, got 3.'],
  [
    () => loop(scalar('int64', 1), [tensor([2])], () => ({ carried: [] })),
    'The loop carries 1 values, its body returned 0.',
  ],
])('%#: %s', (build, message) => {
  expect(build).toThrow(expect.objectContaining({ code: 'graph-invalid', message: expect.stringContaining(message) }));
});
