import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { logSoftmax, matmul, reduceMean, softmax } from '../../native-models/graph/contraction.ts';
import {
  add,
  div,
  lessOrEqual,
  mul,
  neg,
  reciprocal,
  sigmoid,
  sqrt,
  sub,
  where,
} from '../../native-models/graph/elementwise.ts';
import { evaluate } from '../../native-models/graph/evaluate/evaluate.ts';
import type { NumericTensor } from '../../native-models/graph/evaluate/tensor.ts';
import { rmsNormalize, rotate } from '../../native-models/graph/fused.ts';
import { gather, gatherLast, reshape, transpose } from '../../native-models/graph/layout.ts';
import type { Target } from '../../native-models/graph/lowering/providers.ts';
import { TensorProto } from '../../native-models/graph/onnx-proto.ts';
import { type DType, type Value, constant, input, scalar } from '../../native-models/graph/value.ts';
import { difference, runOnCpu } from '../../native-models/runtime/testing/agreement.ts';
import { dataFolder, hasData, readData } from './real-data.ts';

type Outputs = readonly Value[];
const number = (value: number): Value => scalar('float32', value);
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function layerNormalization(x: Value, weight: Value, bias: Value): Outputs {
  const mean = reduceMean(x, { axes: [-1], keepDims: true });
  const centred = sub(x, mean);
  const inverse = reciprocal(
    sqrt(add(reduceMean(mul(centred, centred), { axes: [-1], keepDims: true }), number(1e-5))),
  );
  return [add(mul(mul(centred, inverse), weight), bias), mean, inverse];
}

/** One query row sees the keys up to its own position. */
function causalAttention(q: Value, k: Value, v: Value): Outputs {
  const position = (count: number, shape: readonly number[]): Value => constant('int64', shape, range(count));
  const visible = lessOrEqual(position(6, [1, 6]), position(4, [4, 1]));
  const scores = matmul(q, k, { transposeB: true, alpha: 1 / Math.sqrt(8) });
  return [matmul(softmax(where(visible, scores, number(-1e9))), v)];
}

/** `[batch, heads, seq, headDim]`, as the operator of ONNX has it, through our `[batch, seq, heads · headDim]`. */
function rotaryEmbedding(x: Value, cosine: Value, sine: Value, positions: Value): Outputs {
  const rows = reshape(transpose(x, [0, 2, 1, 3]), [2, 3, 32]);
  return [transpose(reshape(rotate(rows, positions, cosine, sine), [2, 3, 4, 8]), [0, 2, 1, 3])];
}

/** `tanh z = 2 σ(2z) − 1`. */
function geluTanh(x: Value): Outputs {
  const z = mul(add(x, mul(number(0.044715), mul(x, mul(x, x)))), number(Math.sqrt(2 / Math.PI)));
  return [mul(x, sigmoid(mul(z, number(2))))];
}

/** The first step (T = 0) of the operator of ONNX: no bias correction, L2 term 0.001. */
function adam(rate: Value, _step: Value, x: Value, gradient: Value, first: Value, second: Value): Outputs {
  const [beta1, beta2] = [0.95, 0.1];
  const regularised = add(gradient, mul(x, number(0.001)));
  const newFirst = add(mul(first, number(beta1)), mul(regularised, number(1 - beta1)));
  const newSecond = add(mul(second, number(beta2)), mul(mul(regularised, regularised), number(1 - beta2)));
  return [sub(x, div(mul(rate, newFirst), add(sqrt(newSecond), number(1e-7)))), newFirst, newSecond];
}

/** The computation of each backend test in our operators; inputs and outputs in the test's order. */
const computations: { readonly [folder: string]: (...inputs: Value[]) => Outputs } = {
  test_adam: adam,
  test_attention_4d_causal: causalAttention,
  test_gather_0: (data, indices) => [gather(data, indices)],
  test_gather_2d_indices: (data, indices) => [transpose(gather(transpose(data, [1, 0]), indices), [2, 0, 1])],
  test_gelu_tanh_1: geluTanh,
  test_layer_normalization_2d_axis1: layerNormalization,
  test_logsoftmax_example_1: (x) => [logSoftmax(x)],
  test_logsoftmax_large_number: (x) => [logSoftmax(x)],
  test_matmul_3d: (a, b) => [matmul(a, b)],
  test_rms_normalization_2d_axis1: (x, weight) => [rmsNormalize(x, weight, 1e-5)[0]],
  test_rotary_embedding: rotaryEmbedding,
  test_sce_mean: (x, labels) => [neg(reduceMean(gatherLast(logSoftmax(x), reshape(labels, [3, 1])), { axes: [0, 1] }))],
  test_softmax_example: (x) => [softmax(x)],
  test_where_example: (condition, a, b) => [where(condition, a, b)],
};

const tensorSchema = z.object({
  name: z.string(),
  dataType: z.number(),
  dims: z.array(z.number()).default([]),
  rawData: z.instanceof(Uint8Array),
});

/** Reads one `TensorProto` file; these tests keep all numbers in `raw_data`. */
function readTensor(path: string): { readonly name: string; readonly dtype: DType; readonly tensor: NumericTensor } {
  const { name, dataType, dims, rawData } = tensorSchema.parse(
    TensorProto.toObject(TensorProto.decode(readData(path)), { longs: Number }),
  );
  const { buffer } = Uint8Array.from(rawData);
  if (dataType === 1)
    return { name, dtype: 'float32', tensor: { shape: dims, data: Float64Array.from(new Float32Array(buffer)) } };
  if (dataType === 7)
    return {
      name,
      dtype: 'int64',
      tensor: { shape: dims, data: Float64Array.from(new BigInt64Array(buffer), Number) },
    };
  if (dataType === 9)
    return { name, dtype: 'bool', tensor: { shape: dims, data: Float64Array.from(new Uint8Array(buffer)) } };
  throw new Error(`${path} has the element type ${dataType}`);
}

describe.skipIf(!hasData)('backend tests of ONNX', () => {
  const folder = 'peers/onnx-node';

  test('all of them are computed here', () => {
    expect(readdirSync(join(dataFolder, folder)).sort()).toEqual(Object.keys(computations));
  });

  describe.each(Object.entries(computations))('%s', (name, compute) => {
    const read = (prefix: string): ReturnType<typeof readTensor>[] => {
      const set = join(folder, name, 'test_data_set_0');
      return readdirSync(join(dataFolder, set))
        .filter((file) => file.startsWith(prefix))
        .sort()
        .map((file) => readTensor(join(set, file)));
    };
    const load = (): {
      outputs: { [name: string]: Value };
      feeds: { [name: string]: NumericTensor };
      expected: NumericTensor[];
    } => {
      const inputs = read('input_');
      const made = compute(...inputs.map(({ name, dtype, tensor }) => input(name, dtype, tensor.shape)));
      return {
        outputs: Object.fromEntries(made.map((value, index) => [`result_${index}`, value])),
        feeds: Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])),
        expected: read('output_').map(({ tensor }) => tensor),
      };
    };

    test('in the float64 evaluator', () => {
      const { outputs, feeds, expected } = load();
      const results = evaluate(outputs, feeds);
      expect(Object.keys(results)).toHaveLength(expected.length);
      for (const [index, tensor] of expected.entries())
        expect(difference(results[`result_${index}`], tensor)).toBeLessThan(2e-6);
    });

    test.each<Target>(['cpu', 'webgpu', 'dml'])('in the runtime, as written for %s', async (target) => {
      const { outputs, feeds, expected } = load();
      const results = await runOnCpu(outputs, feeds, target);
      for (const [index, tensor] of expected.entries())
        expect(difference(results[`result_${index}`], tensor)).toBeLessThan(2e-6);
    });
  });
});
