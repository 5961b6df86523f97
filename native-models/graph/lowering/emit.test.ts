import { describe, expect, test } from 'vitest';
import { disagreement } from '../../runtime/testing/agreement.ts';
import { matmul, reduceSum } from '../contraction.ts';
import { add, cast, exp, less, mul } from '../elementwise.ts';
import { emit } from './emit.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { barrier } from '../fused.ts';
import { concat, gather, reshape, scatterRows, sliceLast } from '../layout.ts';
import { listing } from '../listing.ts';
import { loop } from '../loop.ts';
import { ModelProto } from '../onnx-proto.ts';
import { RandomFeeds } from '../testing/random-feeds.ts';
import { type Value, constant, input, scalar, withScope } from '../value.ts';

/** Names and operators of the nodes of a serialised graph, bodies of loops included. */
function nodesOf(bytes: Uint8Array): { readonly name: string; readonly opType: string }[] {
  const found: { name: string; opType: string }[] = [];
  const walk = (part: unknown): void => {
    if (Array.isArray(part)) for (const entry of part) walk(entry);
    else if (typeof part === 'object' && part !== null) {
      if ('opType' in part && 'name' in part) found.push({ name: String(part.name), opType: String(part.opType) });
      for (const entry of Object.values(part)) walk(entry);
    }
  };
  walk(ModelProto.toObject(ModelProto.decode(bytes)));
  return found;
}

function decoderLike(): { readonly [name: string]: Value } {
  const x = input('x', 'float32', ['batch', 'seq', 4]);
  const w = constant(
    'float32',
    [4, 6],
    Array.from({ length: 24 }, (_, index) => Math.sin(index)),
  );
  return withScope('layer 0', () => ({
    y: matmul(exp(x), w, { alpha: 0.5 }),
    total: reduceSum(x, { axes: [0, 1, 2] }),
  }));
}

describe('emission', () => {
  test('gives the same bytes for the same graph built twice', () => {
    expect(
      Buffer.compare(emit(decoderLike(), { target: 'cpu' }).bytes, emit(decoderLike(), { target: 'cpu' }).bytes),
    ).toBe(0);
  });

  test('leaves out what no output needs', () => {
    const x = input('x', 'float32', [3]);
    const unused = input('unused', 'float32', [3]);
    mul(exp(x), unused);
    const { bytes, nodeCount } = emit({ y: add(x, x) }, { target: 'cpu' });
    expect(nodeCount).toBe(1);
    expect(nodesOf(bytes).map(({ opType }) => opType)).toEqual(['Add', 'Identity']);
    expect(Buffer.from(bytes).includes('unused')).toBe(false);
  });

  test('stores equal small constants once', () => {
    const x = input('x', 'float32', [3]);
    const once = emit({ y: mul(x, scalar('float32', 2)) }, { target: 'cpu' });
    const twice = emit({ y: mul(mul(x, scalar('float32', 2)), scalar('float32', 2)) }, { target: 'cpu' });
    const initializers = (bytes: Uint8Array): number =>
      ModelProto.toObject(ModelProto.decode(bytes))['graph'].initializer.length;
    expect(initializers(twice.bytes)).toBe(initializers(once.bytes));
  });

  test('names nodes by their scope and lists the operators with their element types', () => {
    const { bytes, operators } = emit(decoderLike(), { target: 'cpu' });
    expect(nodesOf(bytes).map(({ name }) => name)).toContain('layer 0/MatMul_2');
    expect(operators).toContainEqual({
      opType: 'FusedMatMul',
      domain: 'com.microsoft',
      opset: 21,
      dtypes: ['float32', 'float32'],
    });
    expect(operators).toContainEqual({ opType: 'ReduceSum', domain: '', opset: 21, dtypes: ['float32', 'int64'] });
    const scattered = scatterRows(input('rows', 'int64', ['n']), input('updates', 'float32', ['n', 4]), 8);
    expect(emit({ scattered }, { target: 'cpu' }).operators).toContainEqual({
      opType: 'ScatterElements',
      domain: '',
      opset: 21,
      dtypes: ['float32', 'int64', 'float32'],
    });
  });

  test('a barrier computes its dependencies and does not carry their NaN over', async () => {
    const feeds = new RandomFeeds('float32');
    const [x, y] = [feeds.real('x', [2]), feeds.given('y', 'float', [2], [Number.NaN, Number.POSITIVE_INFINITY])];
    const outputs = { z: barrier(x, [exp(y)]) };
    expect(nodesOf(emit(outputs, { target: 'cpu' }).bytes).map(({ opType }) => opType)).toContain('Exp');
    expect(await disagreement(outputs, feeds.tensors, 'cpu')).toBe(0);
  });
});

describe('loops', () => {
  /** Multiplies row after row into a history that grows, until the sum of a product passes twice `limit`. */
  function products(feeds: RandomFeeds, limitValue: number): { readonly [name: string]: Value } {
    const [rows, limit] = [
      feeds.given('rows', 'float', [4, 2], [1, 2, 2, 3, 3, 1, 4, 2]),
      feeds.given('limit', 'float', [], [limitValue]),
    ];
    const bound = mul(limit, scalar(feeds.dtype, 2));
    const { carried, scans } = loop(
      scalar('int64', 4),
      [constant(feeds.dtype, [1, 2], [1, 1])],
      (iteration, [history]) => {
        if (history === undefined) throw new Error('one value is carried');
        const next = mul(sliceLast(history, 0, 1), gather(rows, reshape(iteration, [1])));
        const sum = reduceSum(next, { axes: [0, 1] });
        return { carried: [concat([history, next], 0, 'grown')], scans: [sum], goOn: less(sum, bound) };
      },
      { shapes: [['grown', 2]] },
    );
    const [history] = carried;
    const [scan] = scans;
    if (history === undefined || scan === undefined) throw new Error('the loop gives what it carries');
    return { history, scan, doubled: mul(history, cast(scalar('int64', 2), feeds.dtype)) };
  }

  test('grow what they carry, use values from outside and stack scans', async () => {
    const feeds = new RandomFeeds('float32');
    const outputs = products(feeds, 100);
    const { history, scan } = evaluate(outputs, feeds.tensors);
    expect(history).toEqual({ shape: [5, 2], data: Float64Array.of(1, 1, 1, 2, 2, 6, 6, 6, 24, 12) });
    expect(scan).toEqual({ shape: [4], data: Float64Array.of(3, 8, 12, 36) });
    expect(await disagreement(outputs, feeds.tensors, 'cpu')).toBe(0);
  });

  test('stop when told to, without running the rest', async () => {
    const feeds = new RandomFeeds('float32');
    const outputs = products(feeds, 5);
    expect(evaluate(outputs, feeds.tensors)['scan']).toEqual({ shape: [3], data: Float64Array.of(3, 8, 12) });
    expect(await disagreement(outputs, feeds.tensors, 'cpu')).toBe(0);
  });

  test('may hold loops', async () => {
    const feeds = new RandomFeeds('float32');
    const x = feeds.real('x', [3], 0.5, 1);
    const { carried } = loop(scalar('int64', 3), [x], (outer, [total]) => {
      if (total === undefined) throw new Error('one value is carried');
      const step = mul(x, add(cast(outer, 'float32'), scalar('float32', 1)));
      const inner = loop(scalar('int64', 2), [total], (_, [sum]) => ({
        carried: sum === undefined ? [] : [add(sum, step)],
      }));
      return { carried: inner.carried };
    });
    const [y] = carried;
    if (y === undefined) throw new Error('the loop gives what it carries');
    expect(await disagreement({ y }, feeds.tensors, 'cpu')).toBeLessThan(1e-6);
    expect(evaluate({ y }, feeds.tensors)['y']?.data[0]).toBeCloseTo(13 * (feeds.tensors['x']?.data[0] ?? 0), 10);
  });
});

test('a listing names leaves, operators, shapes and scopes', () => {
  expect(listing(decoderLike())).toMatchInlineSnapshot(`
    "x: float32[batch, seq, 4] = input
    %1: float32[4, 6] = constant
    %2: float32[batch, seq, 4] = Exp(x)  # layer 0
    %3: float32[batch, seq, 6] = MatMul(%2, %1) transA=0 transB=0 alpha=0.5  # layer 0
    %4: float32[] = ReduceSum(x) axes=0,1,2 keepdims=0  # layer 0
    return y = %3
    return total = %4"
  `);
});
