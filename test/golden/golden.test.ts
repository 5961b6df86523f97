import { describe, expect, it } from 'vitest';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { evaluate } from '../../native-models/graph/evaluate/evaluate.ts';
import { readTensor64 } from '../../native-models/formats/safetensors/read.ts';
import type { ModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import type { SessionTensor } from '../../native-models/runtime/tensor.ts';
import { goldenNames, goldenNumbers, readGolden } from './fixture.ts';
import { asSessionTensors, goldenFeeds, goldenGraph, goldenParameters, type Kind } from './golden-step.ts';
import { largestOf } from '../../native-models/extremes.ts';

const kinds: readonly Kind[] = ['lora', 'full'];

function float32(shape: readonly number[], data: Float32Array): SessionTensor {
  return { dtype: 'float32', shape, data };
}

function numbers(tensor: SessionTensor | undefined): Float32Array {
  if (tensor?.dtype !== 'float32') throw new Error('expected a float32 output');
  return tensor.data;
}

/** max |a − b| / max |b| */
function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const wanted = Array.from(expected);
  const largest = largestOf(wanted.map(Math.abs));
  return largestOf(wanted.map((value, index) => Math.abs((actual[index] ?? Number.NaN) - value))) / largest;
}

async function externalNumbers(model: ModelFolder): Promise<(name: string) => Float64Array> {
  const read = new Map<string, Float64Array>();
  for (const [name, entry] of model.tensors) read.set(name, await readTensor64(entry));
  return (name) => read.get(name) ?? new Float64Array();
}

/** Angles and norms that the engine rounds to float32 are seen in these; float64 has 1e-7 in the others. */
const oracleTolerance: { readonly [name: string]: number } = {
  'gemma2-caps': 5e-7,
  'gemma-tanh': 1e-6,
  'gemma3-two-rotations': 5e-7,
  'qwen2-yarn': 1e-6,
  'granite4-dense': 5e-7,
  'ministral3-yarn': 1e-6,
  'ministral-mixed-windows': 5e-7,
  'starcoder2-plain': 2e-7,
};

describe.each(goldenNames)('%s against PyTorch', (name) => {
  const golden = readGolden(name);

  describe.each(kinds)('%s', (kind) => {
    const expected = golden[kind];

    it.each([
      { form: 'plain', keptLayers: 'all', headChunks: 1 },
      { form: 'with one layer kept', keptLayers: 1, headChunks: 1 },
    ] as const)('has PyTorch’s log-probs, losses and every gradient ($form)', async ({ keptLayers, headChunks }) => {
      const { model, trained, start } = await goldenParameters(name, golden, kind);
      const graph = goldenGraph(model, trained, golden, kind, {
        compute: 'float32',
        updates: false,
        keptLayers,
        headChunks,
      });
      const { externalDataFolder } = storedModel(model);
      const session = await createSession(emit(graph, { target: 'cpu' }).bytes, {
        provider: 'cpu',
        threads: 1,
        externalDataFolder,
      });
      const outputs = await session.run({
        ...asSessionTensors(goldenFeeds(golden)),
        parameters: float32([start.length], start),
      });
      await session.release();
      expect(relativeDistance(numbers(outputs['chosen_logps']), expected.logps.chosen)).toBeLessThan(1e-5);
      expect(relativeDistance(numbers(outputs['rejected_logps']), expected.logps.rejected)).toBeLessThan(1e-5);
      expect(relativeDistance(numbers(outputs['losses']), expected.pairLosses)).toBeLessThan(1e-5);
      const gradient = numbers(outputs['gradient']);
      const largest = largestOf(
        Object.values(expected.gradients).flatMap((tensor) => Array.from(goldenNumbers(tensor), Math.abs)),
      );
      for (const { name: tensor, offset, size } of trained.layout.tensors) {
        const wanted = expected.gradients[tensor];
        if (wanted === undefined) throw new Error(`no golden gradient of ${tensor}`);
        const difference = goldenNumbers(wanted).reduce(
          (most, value, index) => Math.max(most, Math.abs(value - (gradient[offset + index] ?? Number.NaN))),
          0,
        );
        expect(difference / largest, tensor).toBeLessThan(1e-5);
        expect(size).toBe(goldenNumbers(wanted).length);
      }
      expect(Object.keys(expected.gradients).length).toBe(trained.layout.tensors.length);
    });

    it('has PyTorch’s gradients in the float64 oracle', async () => {
      const { model, trained, start } = await goldenParameters(name, golden, kind);
      const graph = goldenGraph(model, trained, golden, kind, { compute: 'float64', updates: false });
      const feeds = Object.fromEntries(
        Object.entries(goldenFeeds(golden)).map(([input, { shape, data }]) => [
          input,
          { shape, data: Float64Array.from(data) },
        ]),
      );
      const outputs = evaluate(
        graph,
        { ...feeds, parameters: { shape: [start.length], data: Float64Array.from(start) } },
        { external: await externalNumbers(model) },
      );
      const gradient = outputs['gradient']?.data ?? new Float64Array();
      const wanted = trained.layout.tensors.flatMap(({ name: tensor }) =>
        Array.from(goldenNumbers(expected.gradients[tensor] ?? { shape: [], data: '' })),
      );
      expect(relativeDistance(gradient, wanted)).toBeLessThan(oracleTolerance[name] ?? 1e-7);
    });

    it('has PyTorch’s losses over ten AdamW steps', async () => {
      const { model, trained, start } = await goldenParameters(name, golden, kind);
      const { optimizer } = expected;
      const graph = goldenGraph(model, trained, golden, kind, { compute: 'float32', updates: true });
      const session = await createSession(emit(graph, { target: 'cpu' }).bytes, {
        provider: 'cpu',
        threads: 1,
        externalDataFolder: storedModel(model).externalDataFolder,
      });
      const fixed = asSessionTensors(goldenFeeds(golden));
      const shape = [start.length];
      let state: { readonly parameters: Float32Array; readonly first: Float32Array; readonly second: Float32Array } = {
        parameters: start,
        first: new Float32Array(start.length),
        second: new Float32Array(start.length),
      };
      for (let step = 1; step <= optimizer.steps; step++) {
        const outputs = await session.run({
          ...fixed,
          parameters: float32(shape, state.parameters),
          first_moment: float32(shape, state.first),
          second_moment: float32(shape, state.second),
          learning_rate: float32([1], Float32Array.of(optimizer.learningRate)),
          correction1: float32([1], Float32Array.of(1 - optimizer.beta1 ** step)),
          correction2: float32([1], Float32Array.of(1 - optimizer.beta2 ** step)),
        });
        const loss = numbers(outputs['losses']).reduce((sum, value) => sum + value / golden.pairs.length, 0);
        expect(Math.abs(loss / (optimizer.losses[step - 1] ?? Number.NaN) - 1), `step ${step}`).toBeLessThan(1e-4);
        expect(
          Math.abs(
            (numbers(outputs['grad_norm'])[0] ?? Number.NaN) / (optimizer.gradNorms[step - 1] ?? Number.NaN) - 1,
          ),
          `norm ${step}`,
        ).toBeLessThan(1e-4);
        state = {
          parameters: numbers(outputs['next_parameters']),
          first: numbers(outputs['next_first_moment']),
          second: numbers(outputs['next_second_moment']),
        };
      }
      await session.release();
    });
  });
});
