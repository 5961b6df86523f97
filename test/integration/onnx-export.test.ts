import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession as RuntimeSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { exportModel } from '../../native-models/engine/export/export.ts';
import { onnx } from '../../native-models/engine/export/onnx.ts';
import { scoreOnnx } from '../../native-models/engine/export/score-onnx.ts';
import type { ScoreOnnxTask } from '../../native-models/protocol/tasks.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { layoutExternalData, writeExternalData } from '../../native-models/formats/onnx/external-data.ts';
import type { TaskEvents } from '../../native-models/protocol/task-events.ts';
import type { TensorToWrite } from '../../native-models/formats/safetensors/write.ts';
import { readTensor } from '../../native-models/formats/safetensors/read.ts';
import { ModelProto } from '../../native-models/graph/onnx-proto.ts';
import { InferenceSession, Tensor } from '../../native-models/runtime/onnx-runtime.ts';
import { goldenNames, goldenPath, readGolden } from '../golden/fixture.ts';
import { goldenParameters } from '../golden/golden-step.ts';
import { dataFolder, hasData, readData } from './real-data.ts';
import { writeRandomModel } from './engine-run.ts';
import { tinyTokenizer, tinyTokenizerConfig, writeJson, writeTinyModel } from './tiny-model.ts';
import { exportJob, ordinary } from './export-job.ts';
import { largestOf } from '../../native-models/extremes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function exportOnnx(model: string): Promise<string> {
  const out = join(folder, 'out');
  await exportModel(
    { model: { path: model, checkpoint: null }, format: 'onnx', dtype: null, ...ordinary, out },
    () => undefined,
  );
  return out;
}

async function copyGolden(name: string): Promise<void> {
  for (const file of ['config.json', 'model.safetensors'])
    await copyFile(goldenPath('models', name, file), join(folder, file));
  await writeJson(folder, 'tokenizer.json', tinyTokenizer);
  await writeJson(folder, 'tokenizer_config.json', tinyTokenizerConfig);
}

type Outputs = RuntimeSession.ReturnType;

/**
 * An exported folder as any program would run it: with onnxruntime-node alone, `pads` columns of padding on the left of
 * each row.
 */
async function openPlain(out: string, { layers, keyValueHeads, headDim }: DecoderConfig) {
  const session = await InferenceSession.create(join(out, 'onnx', 'model.onnx'));
  const integers = (rows: readonly (readonly number[])[]): RuntimeTensor =>
    new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);
  const run = async (
    ids: readonly (readonly number[])[],
    pads: readonly number[],
    past: { readonly outputs: Outputs; readonly length: number } | null,
  ): Promise<{ readonly outputs: Outputs; readonly length: number }> => {
    const before = past?.length ?? 0;
    const length = before + (ids[0]?.length ?? 0);
    const caches = layers.flatMap((_, layer) =>
      ['key', 'value'].map((part): [string, RuntimeTensor] => {
        const name = `${layer}.${part}`;
        return [
          `past_key_values.${name}`,
          past?.outputs[`present.${name}`] ??
            new Tensor('float32', new Float32Array(), [ids.length, keyValueHeads, 0, headDim]),
        ];
      }),
    );
    const outputs = await session.run({
      input_ids: integers(ids),
      attention_mask: integers(pads.map((pad) => Array.from({ length }, (_, index) => Number(index >= pad)))),
      position_ids: integers(
        ids.map((row, at) => row.map((_, index) => Math.max(0, before + index - (pads[at] ?? 0)))),
      ),
      ...Object.fromEntries(caches),
    });
    return { outputs, length };
  };
  return { session, run };
}

/** Rows of logits, from `start` on, of one text of a batch. */
function logitRows({ outputs }: { readonly outputs: Outputs }, text = 0, start = 0): number[][] {
  const { dims = [], data } = outputs['logits'] ?? {};
  const [, tokens = 0, vocabulary = 0] = dims;
  if (!(data instanceof Float32Array)) throw new Error('logits are not float32');
  return Array.from({ length: tokens - start }, (_, row) =>
    Array.from(
      data.subarray((text * tokens + start + row) * vocabulary, (text * tokens + start + row + 1) * vocabulary),
    ),
  );
}

function largestDifference(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  expect(actual.length).toBe(expected.length);
  return largestOf(
    expected.flatMap((row, at) => row.map((value, token) => Math.abs(value - (actual[at]?.[token] ?? Number.NaN)))),
  );
}

describe.each(goldenNames)('%s', (name) => {
  it('gives PyTorch’s logits at once, padded beside another text, and step by step with its cache', async () => {
    await copyGolden(name);
    const {
      sequence: { ids, logits },
    } = readGolden(name);
    const { config } = await openModelFolder(folder);
    const { session, run } = await openPlain(await exportOnnx(folder), config);
    expect(largestDifference(logitRows(await run([ids], [0], null)), logits)).toBeLessThan(1e-4);

    const pad = 3;
    const padded = await run(
      [
        [...ids, 5, 6, 7],
        [0, 0, 0, ...ids],
      ],
      [0, pad],
      null,
    );
    expect(largestDifference(logitRows(padded, 0).slice(0, ids.length), logits)).toBeLessThan(1e-4);
    expect(largestDifference(logitRows(padded, 1, pad), logits)).toBeLessThan(1e-4);

    let state = await run([ids.slice(0, 2)], [0], null);
    const stepped = logitRows(state);
    for (const id of ids.slice(2)) {
      state = await run([[id]], [0], state);
      for (const row of logitRows(state)) stepped.push(row);
    }
    expect(largestDifference(stepped, logits)).toBeLessThan(1e-4);
    await session.release();
  });

  it('gives PyTorch’s logits of the model with an adapter merged in', async () => {
    await copyGolden(name);
    const golden = readGolden(name);
    const { trained, start } = await goldenParameters(name, golden, 'lora');
    const model = await openModelFolder(folder);
    const out = join(folder, 'out');
    await mkdir(out);
    await onnx.write(await exportJob(folder, { trained, parameters: start }, out));
    const { session, run } = await openPlain(out, model.config);
    expect(
      largestDifference(logitRows(await run([golden.sequence.ids], [0], null)), golden.sequence.mergedLogits),
    ).toBeLessThan(1e-4);
    await session.release();
  });

  it('has the names that Optimum gives inputs and outputs, and standard operators alone', async () => {
    await copyGolden(name);
    const { config } = await openModelFolder(folder);
    const out = await exportOnnx(folder);
    const proto = ModelProto.toObject(ModelProto.decode(await readFile(join(out, 'onnx', 'model.onnx'))), {
      longs: Number,
    });
    const { graph } = proto;
    const caches = (prefix: string): string[] =>
      config.layers.flatMap((_, layer) => ['key', 'value'].map((part) => `${prefix}.${layer}.${part}`));
    expect(graph.input.map((value: { name: string }) => value.name).sort()).toEqual([
      'attention_mask',
      'input_ids',
      ...caches('past_key_values'),
      'position_ids',
    ]);
    expect(graph.output.map((value: { name: string }) => value.name)).toEqual(['logits', ...caches('present')]);
    expect(graph.node.filter(({ domain }: { domain?: string }) => domain !== undefined && domain !== '')).toEqual([]);
    expect([proto.irVersion, proto.opsetImport]).toEqual([8, [{ version: 18 }]]);
    expect(
      graph.initializer.filter(
        ({ rawData, dataLocation }: { rawData?: Uint8Array; dataLocation?: number }) =>
          dataLocation !== 1 && (rawData?.length ?? 0) > 256,
      ),
    ).toEqual([]);
  });
});

describe('the scores of the self-test', () => {
  const score = async (
    out: string,
    rows: ScoreOnnxTask['rows'],
  ): Promise<{ readonly logps: readonly number[]; readonly cachedDifference: number }> => {
    const events: TaskEvents['score-onnx'][] = [];
    await scoreOnnx({ folder: out, threads: 1, template: 'plain', maxLength: 64, rows }, (event) => events.push(event));
    const last = events.at(-1);
    return {
      logps: events.flatMap((event) => (event.event === 'row' ? [event.logp] : [])),
      cachedDifference: last?.event === 'done' ? last.cachedDifference : Number.NaN,
    };
  };

  it('are PyTorch’s log-probs of the same pairs, with the cache as without; other weights give others', async () => {
    await copyGolden('llama-gqa');
    const { pairs, start } = readGolden('llama-gqa');
    const out = await exportOnnx(folder);
    const rows = pairs.map(({ prompt, chosen }) => ({ prompt_ids: prompt, completion_ids: chosen }));
    const { logps, cachedDifference } = await score(out, rows);
    expect(largestDifference([logps], [start.chosen])).toBeLessThan(1e-4);
    expect(cachedDifference).toBeLessThan(1e-4);
    const file = join(out, 'onnx', 'model.onnx_data');
    const bytes = await readFile(file);
    await writeFile(
      file,
      new Uint8Array(
        new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).map(
          (value) => value * 1.5,
        ).buffer,
      ),
    );
    expect(largestDifference([(await score(out, rows)).logps], [start.chosen])).toBeGreaterThan(0.1);
  });
});

describe('the folder', () => {
  it('holds float32 weights beside the graph, tokenizer and chat files, and says so in config.json', async () => {
    await writeTinyModel(folder);
    await writeJson(folder, 'generation_config.json', { eos_token_id: [1] });
    await writeJson(folder, 'chat_template.json', { chat_template: '{{ messages }}' });
    const events: TaskEvents['export'][] = [];
    const out = join(folder, 'out');
    await exportModel(
      { model: { path: folder, checkpoint: null }, format: 'onnx', dtype: null, ...ordinary, out },
      (event) => events.push(event),
    );
    const names = [
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'config.json',
      'genai_config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'chat_template.jinja',
    ];
    const files = events.filter((event) => event.event === 'file');
    expect(files.map(({ name }) => name)).toEqual(names);
    for (const { name, bytes } of files) expect((await stat(join(out, name))).size).toBe(bytes);
    const written = events.findLast((event) => event.event === 'written');
    expect([written?.bytes, (written?.bytes ?? 0) > 0]).toEqual([written?.plannedBytes, true]);
    const config: { [field: string]: unknown } = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      model_type: 'llama',
      torch_dtype: 'float32',
      'transformers.js_config': { dtype: 'fp32', use_external_data_format: 1 },
    });
  });

  it.each(['model.layers.1.mlp.down_proj.weight', 'model.layers.0.mlp.gate_proj.weight'])(
    'holds %s as inputs by outputs',
    async (name) => {
      await writeRandomModel(folder, { hidden_size: 40, intermediate_size: 300 });
      const entry = (await openModelFolder(folder)).tensors.get(name);
      if (entry === undefined) throw new Error(`${name} is missing`);
      const [rows = 0, columns = 0] = entry.shape;
      const out = await exportOnnx(folder);
      const { graph } = ModelProto.toObject(ModelProto.decode(await readFile(join(out, 'onnx', 'model.onnx'))), {
        longs: Number,
      });
      const { dims, externalData }: { dims: number[]; externalData: { key: string; value: string }[] } =
        graph.initializer.find((tensor: { name: string }) => tensor.name === name);
      const place = new Map(externalData.map(({ key, value }) => [key, value]));
      const written = await readTensor({
        name,
        dtype: 'float32',
        shape: dims,
        file: join(out, 'onnx', place.get('location') ?? ''),
        offsetBytes: Number(place.get('offset')),
        lengthBytes: Number(place.get('length')),
      });
      expect(dims).toEqual([columns, rows]);
      const source = await readTensor(entry);
      expect([...written]).toEqual(
        Array.from(
          { length: written.length },
          (_, index) => source[(index % rows) * columns + Math.floor(index / rows)],
        ),
      );
    },
  );

  it('is the same bytes each time', async () => {
    await writeTinyModel(folder);
    const read = async (): Promise<Buffer[]> => {
      const out = await exportOnnx(folder);
      return Promise.all(['model.onnx', 'model.onnx_data'].map((name) => readFile(join(out, 'onnx', name))));
    };
    expect(await read()).toEqual(await read());
  });
});

describe('external data', () => {
  const tensor = (name: string, bytes: number, filled: number): TensorToWrite => ({
    name,
    dtype: 'uint8',
    shape: [bytes],
    data: () => [new Uint8Array(bytes).fill(filled)],
  });

  it('begins on pages and goes on in another file before one grows too long; a longer tensor has its own', async () => {
    const laid = layoutExternalData(
      'model.onnx',
      [tensor('a', 10, 1), tensor('b', 5000, 2), tensor('c', 4, 3), tensor('d', 20_000, 4), tensor('e', 7, 5)],
      13_000,
    );
    expect(laid.map(({ location, offsetBytes, lengthBytes }) => [location, offsetBytes, lengthBytes])).toEqual([
      ['model.onnx_data', 0, 10],
      ['model.onnx_data', 4096, 5000],
      ['model.onnx_data', 12_288, 4],
      ['model.onnx_data_1', 0, 20_000],
      ['model.onnx_data_2', 0, 7],
    ]);
    expect(await writeExternalData(folder, laid)).toEqual([
      'model.onnx_data',
      'model.onnx_data_1',
      'model.onnx_data_2',
    ]);
    for (const [index, { location, offsetBytes, lengthBytes }] of laid.entries()) {
      const bytes = await readFile(join(folder, location));
      expect(new Set(bytes.subarray(offsetBytes, offsetBytes + lengthBytes))).toEqual(new Set([index + 1]));
    }
  });
});

describe.skipIf(!hasData)('beside numbers that others made', () => {
  it('stories260K gives its float64 logits, and writes its 256 tokens of a story with the cache', async () => {
    const source = join(dataFolder, 'models/stories260K-hf');
    const expected: {
      readonly logits: {
        readonly input_ids: readonly number[];
        readonly positions: readonly number[];
        readonly values: readonly (readonly number[])[];
      };
      readonly greedy: { readonly prompt_ids: readonly number[]; readonly output_ids: readonly number[] };
    } = JSON.parse(readData('models/stories260K-hf/expected.json').toString());
    const { config } = await openModelFolder(source);
    const { session, run } = await openPlain(await exportOnnx(source), config);
    const { input_ids: ids, positions, values } = expected.logits;
    const rows = logitRows(await run([ids], [0], null));
    expect(
      largestDifference(
        positions.map((position) => rows[position] ?? []),
        values,
      ),
    ).toBeLessThan(1e-4);

    let state = await run([expected.greedy.prompt_ids], [0], null);
    const story: number[] = [];
    while (story.length < expected.greedy.output_ids.length) {
      const [last = []] = logitRows(state).slice(-1);
      const token = last.indexOf(largestOf(last));
      story.push(token);
      state = await run([[token]], [0], state);
    }
    expect(story).toEqual(expected.greedy.output_ids);
    await session.release();
  });
});
