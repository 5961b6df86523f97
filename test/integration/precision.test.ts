import { mkdtempSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvePrecision } from '../../native-models/decoder/precision.ts';
import { floatOutput, floats } from '../../native-models/engine/model/feeds.ts';
import type { TrainingGraphSettings } from '../../native-models/engine/graphs/micro-batch.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { readTensor } from '../../native-models/formats/safetensors/read.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import type { Target } from '../../native-models/graph/lowering/providers.ts';
import { evaluate } from '../../native-models/graph/evaluate/evaluate.ts';
import { blockQuantizedModel, roundedToBlocks } from '../../native-models/runtime/block-quantized-model.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import type { SessionTensors } from '../../native-models/runtime/tensor.ts';
import { stepNumbers, tinyBatch, tinyModel, tinyParameters, tinySettings } from './tiny-training.ts';

const model = await tinyModel();
const parameters = await tinyParameters(model);
const feeds = { ...tinyBatch(1), parameters: floats([parameters.length], parameters) };
const weights = new Map(
  await Promise.all([...model.tensors].map(async ([name, entry]) => [name, await readTensor(entry)] as const)),
);

/** The gradient in float64, each frozen weight changed by `rounded` first. */
function exactGradient(
  rounded: (name: string, values: Float32Array) => Float32Array = (_, values) => values,
): Float64Array {
  const graph = trainingStep({
    ...tinySettings(model),
    compute: 'float64',
    state: 'float64',
    accumulates: false,
    updates: false,
  });
  const numbers = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data, Number) }]),
  );
  return (
    evaluate(graph, numbers, {
      external: (name) => Float64Array.from(rounded(name, weights.get(name) ?? new Float32Array(0))),
    })['gradient']?.data ?? new Float64Array()
  );
}

async function run(
  settings: TrainingGraphSettings,
  extra: SessionTensors = {},
  folder = storedModel(model).externalDataFolder,
  target: Target = 'cpu',
): Promise<Float32Array> {
  const session = await createSession(
    emit(trainingStep({ ...settings, accumulates: false, updates: false }), { target }).bytes,
    { provider: 'cpu', threads: 1, externalDataFolder: folder },
  );
  const outputs = await session.run({ ...feeds, ...extra });
  await session.release();
  return floatOutput(outputs, 'gradient');
}

/** max |a − b| / max |b| */
function distance(actual: ArrayLike<number>, expected: Float64Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (actual[index] ?? Number.NaN))), 0) /
    largest
  );
}

/** Weights no bfloat16 file could hold: what rounding the storage costs. */
function beforeRounding(name: string, values: Float32Array): Float32Array {
  return values.map((value, index) => value * (1 + (((index * 7919 + name.length) % 997) / 997 - 0.5) * 2 ** -8));
}

describe('gradients against float64', () => {
  it('float32 products over bfloat16 storage: 1e-5 of the rounded weights, 1e-2 of those before rounding', async () => {
    const gradient = await run(tinySettings(model));
    expect(distance(gradient, exactGradient())).toBeLessThan(1e-5);
    expect(distance(gradient, exactGradient(beforeRounding))).toBeLessThan(1e-2);
  });

  it.each([1, 4])('float16 products with a scaled loss: 1e-2 (%s attention blocks)', async (attentionBlocks) => {
    const scale = 1024;
    const gradient = await run(
      { ...tinySettings(model), compute: 'float16', lossScaling: true, attentionBlocks },
      { loss_scale: floats([1], [scale]) },
    );
    const share = distance(
      gradient.map((value) => value / scale),
      exactGradient(),
    );
    expect(share).toBeGreaterThan(1e-6);
    expect(share).toBeLessThan(1e-2);
  });

  it.each([
    { target: 'cpu', keptLayers: 'all' },
    { target: 'cpu', keptLayers: 1 },
    { target: 'cuda', keptLayers: 'all' },
  ] as const)(
    'int4 blocks: 1e-5 of the dequantised weights (written for $target, layers kept: $keptLayers)',
    async ({ target, keptLayers }) => {
      const quantized = await blockQuantizedModel(model, mkdtempSync(join(tmpdir(), 'safedpo-int4-')));
      const gradient = await run(
        { ...tinySettings(model), stored: quantized.stored, keptLayers },
        {},
        quantized.externalDataFolder,
        target,
      );
      const shapes = new Map([...model.tensors].map(([name, { shape }]) => [name, shape]));
      const rounded = exactGradient((name, values) => roundedToBlocks(name, shapes.get(name) ?? [], values));
      expect(distance(gradient, rounded)).toBeLessThan(1e-5);
      expect(distance(gradient, exactGradient())).toBeGreaterThan(1e-3);
    },
  );
});

describe('the int4 cache', () => {
  it('has the same bytes each time, under the hash of the model', async () => {
    const [first, second] = [
      await blockQuantizedModel(model, mkdtempSync(join(tmpdir(), 'safedpo-int4-'))),
      await blockQuantizedModel(model, mkdtempSync(join(tmpdir(), 'safedpo-int4-'))),
    ];
    expect(first.file.split('/').at(-1)).toBe(second.file.split('/').at(-1));
    expect(await readFile(first.file)).toEqual(await readFile(second.file));
  });

  it('is made once', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'safedpo-int4-'));
    const { file } = await blockQuantizedModel(model, cache);
    const made = (await stat(file)).mtimeMs;
    expect((await stat((await blockQuantizedModel(model, cache)).file)).mtimeMs).toBe(made);
  });

  it('takes 4.5 bits a quantised weight', async () => {
    const { stored } = await blockQuantizedModel(model, mkdtempSync(join(tmpdir(), 'safedpo-int4-')));
    const quantized = [...stored.values()].filter(({ dtype }) => dtype === 'int4');
    const bytes = quantized.reduce((sum, { lengthBytes, scales }) => sum + lengthBytes + (scales?.lengthBytes ?? 0), 0);
    const count = quantized.reduce((sum, { shape }) => sum + (shape[0] ?? 0) * (shape[1] ?? 0), 0);
    expect(quantized.length).toBe(14);
    expect((8 * bytes) / count).toBe(4.5);
  });
});

describe('loss scaling', () => {
  it('leaves overflowing updates out and recovers', async () => {
    const session = await createSession(
      emit(
        trainingStep({
          ...tinySettings(model),
          compute: 'float16',
          lossScaling: true,
          accumulates: false,
          updates: true,
        }),
        { target: 'cpu' },
      ).bytes,
      { provider: 'cpu', threads: 1, externalDataFolder: storedModel(model).externalDataFolder },
    );
    const size = [parameters.length];
    let state: { [vector in 'parameters' | 'first' | 'second']: Float32Array } = {
      parameters,
      first: new Float32Array(parameters.length),
      second: new Float32Array(parameters.length),
    };
    let scale = { loss_scale: floats([1], [2 ** 40]), good_updates: floats([1], [0]) };
    const seen: { readonly finite: boolean; readonly loss: number }[] = [];
    for (let step = 1; step <= 45; step++) {
      // An overflow planted in the middle of a run that goes well.
      if (step === 40) scale = { ...scale, loss_scale: floats([1], [2 ** 30]) };
      const outputs = await session.run({
        ...tinyBatch(1),
        ...stepNumbers(step, 1e-3),
        ...scale,
        parameters: floats(size, state.parameters),
        first_moment: floats(size, state.first),
        second_moment: floats(size, state.second),
      });
      const finite = Number.isFinite(floatOutput(outputs, 'grad_norm')[0]);
      const next = floatOutput(outputs, 'next_parameters');
      const given = Number(scale.loss_scale.data[0]);
      expect(floatOutput(outputs, 'next_loss_scale')[0]).toBe(finite ? given : given / 2);
      expect(next.every(Number.isFinite)).toBe(true);
      if (!finite) expect(next).toEqual(state.parameters);
      state = {
        parameters: next,
        first: floatOutput(outputs, 'next_first_moment'),
        second: floatOutput(outputs, 'next_second_moment'),
      };
      scale = {
        loss_scale: floats([1], floatOutput(outputs, 'next_loss_scale')),
        good_updates: floats([1], floatOutput(outputs, 'next_good_updates')),
      };
      seen.push({ finite, loss: floatOutput(outputs, 'losses').reduce((sum, loss) => sum + loss / 2, 0) });
    }
    await session.release();
    expect(seen.slice(0, 5).every(({ finite }) => !finite)).toBe(true);
    expect(seen[38]?.finite).toBe(true);
    expect(seen[39]?.finite).toBe(false);
    const good = seen.filter(({ finite }) => finite);
    expect(good.length).toBeGreaterThan(5);
    expect(good.at(-1)?.loss).toBeLessThan(good[0]?.loss ?? 0);
  });
});

describe('the precision that auto stands for', () => {
  const card = {
    asked: 'auto',
    trainsEverything: false,
    provider: 'cuda',
    computeCapability: 8.6,
    halfPrecisionBytes: 6e9,
    freeBytes: 8e9,
  } as const;
  it.each([
    { name: 'float32', question: { ...card, provider: 'cpu' as const } },
    { name: 'float32', question: { ...card, provider: 'webgpu' as const } },
    { name: 'bfloat16', question: card },
    { name: 'float16', question: { ...card, computeCapability: 7.5 } },
    { name: 'int4', question: { ...card, freeBytes: 4e9 } },
  ])(
    '$name for $question.provider, compute capability $question.computeCapability, $question.freeBytes bytes free',
    ({ name, question }) => {
      expect(resolvePrecision(question).name).toBe(name);
    },
  );
});
