import { expect, test } from 'vitest';
import { matmul } from '../contraction.ts';
import { add } from '../elementwise.ts';
import { gather, reshape } from '../layout.ts';
import { RandomFeeds } from '../testing/random-feeds.ts';
import { external, input, makeSingle } from '../value.ts';
import { evaluate } from './evaluate.ts';

const stored = external('weight', 'bfloat16', [2, 2], {
  location: 'model.safetensors',
  offsetBytes: 80,
  lengthBytes: 8,
});

test('tensors in files come from the reader, which is told where they lie', () => {
  const x = input('x', 'bfloat16', [1, 2]);
  const asked: unknown[] = [];
  const { y } = evaluate(
    { y: matmul(x, stored) },
    { x: { shape: [1, 2], data: Float64Array.of(1, 10) } },
    {
      external: (...request) => {
        asked.push(request);
        return Float64Array.of(1, 2, 3, 4);
      },
    },
  );
  expect(y).toEqual({ shape: [1, 2], data: Float64Array.of(31, 42) });
  expect(asked).toEqual([
    ['weight', { location: 'model.safetensors', offsetBytes: 80, lengthBytes: 8 }, 'bfloat16', [2, 2]],
  ]);
  expect(() => evaluate({ stored })).toThrow(expect.objectContaining({ code: 'evaluate-external' }));
});

test('feeds must fit the declared shapes, and equal names mean equal sizes', () => {
  const sum = add(input('a', 'float32', ['batch', 4]), input('b', 'float32', ['batch', 4]));
  const a = { shape: [2, 4], data: new Float64Array(8) };
  expect(() => evaluate({ sum }, { a })).toThrow('Input b [batch, 4] was not given.');
  expect(() => evaluate({ sum }, { a, b: { shape: [3, 4], data: new Float64Array(12) } })).toThrow(
    'Input b is [batch, 4], but [3, 4]',
  );
  expect(() => evaluate({ sum }, { a, b: { shape: [2, 4], data: new Float64Array(7) } })).toThrow(
    'with 7 numbers was given',
  );
});

test('an index outside its axis is refused, one from the end is not', () => {
  const feeds = new RandomFeeds('float64');
  const table = feeds.given('table', 'float', [3, 1], [10, 20, 30]);
  expect(evaluate({ y: gather(table, feeds.given('i', 'int64', [2], [-1, 0])) }, feeds.tensors)['y']?.data).toEqual(
    Float64Array.of(30, 10),
  );
  expect(() => evaluate({ y: gather(table, feeds.given('j', 'int64', [1], [3])) }, feeds.tensors)).toThrow(
    'Index 3 does not lie in an axis of 3.',
  );
});

test('sizes that do not fit at run time are refused', () => {
  const feeds = { x: { shape: [6], data: new Float64Array(6) }, z: { shape: [4], data: new Float64Array(4) } };
  const [x, z] = [input('x', 'float32', ['n']), input('z', 'float32', ['m'])];
  expect(() => evaluate({ y: reshape(x, ['rows', 4]) }, feeds)).toThrow('A tensor of [6] cannot become [1.5, 4].');
  // Both take the name `rows`, which the feeds then belie.
  const [left, right] = [reshape(x, ['rows', 2]), reshape(z, ['rows', 2])];
  expect(() => evaluate({ y: add(left, right) }, feeds)).toThrow('Shapes [3, 2] and [2, 2] do not broadcast.');
  expect(() => evaluate({ y: matmul(left, right, { transposeA: true }) }, feeds)).toThrow(
    'Inner sizes of a matrix product differ: 3 and 2.',
  );
});

test('int4 blocks, which lie in files, are refused by name', () => {
  const y = makeSingle('Dequantize', [input('x', 'float32', [1])], 'float32', [1]);
  expect(() => evaluate({ y }, { x: { shape: [1], data: Float64Array.of(1) } })).toThrow(
    'The float64 evaluator has no Dequantize.',
  );
});
