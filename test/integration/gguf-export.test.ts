import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fullParameters } from '../../native-models/parameters/trained-parameters.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import { gguf } from '../../native-models/engine/export/gguf.ts';
import { exportModel } from '../../native-models/engine/export/export.ts';
import { decodeFloats, encodeFloats } from '../../native-models/numbers/float-encoding.ts';
import { unpackGguf } from '../../native-models/engine/export/unpack-gguf.ts';
import { writeGguf } from '../../native-models/formats/gguf/write.ts';
import type { GgufMetadata } from '../../native-models/formats/gguf/value.ts';
import { ggufRotary, modelFields } from '../../native-models/formats/gguf/model-fields.ts';
import { readGguf } from '../../native-models/formats/gguf/read.ts';
import { ggufNames, huggingFaceNames } from '../../native-models/formats/gguf/tensor-names.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { readTensor } from '../../native-models/formats/safetensors/read.ts';
import { writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { elementCount } from '../../native-models/numbers/tensor-dtype.ts';
import { inverseFrequencies } from '../../native-models/layers/rope.ts';
import { splitName } from '../../native-models/text/gguf-splits.ts';
import { ggufTokenizer } from '../../native-models/text/gguf-tokenizer.ts';
import { goldenPath } from '../golden/fixture.ts';
import { dataFolder, hasData, readData } from './real-data.ts';
import {
  tinyConfig,
  tinyTokenizer,
  tinyTokenizerConfig,
  writeJson,
  writeTinyModel,
  zeroTensors,
} from './tiny-model.ts';
import { exportJob, ordinary } from './export-job.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gguf-'));
});
afterEach(() => rm(folder, { recursive: true }));

const byteLevelTokenizer = {
  ...tinyTokenizer,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
};

async function exportGguf(model: string): Promise<string> {
  await exportModel(
    { model: { path: model, checkpoint: null }, format: 'gguf', dtype: null, ...ordinary, out: join(folder, 'out') },
    () => undefined,
  );
  return ggufIn(join(folder, 'out'));
}

async function ggufIn(out: string): Promise<string> {
  return join(out, (await readdir(out)).find((name) => name.endsWith('.gguf')) ?? 'no GGUF file');
}

async function tokenizerFields(): Promise<GgufMetadata> {
  const { folder: model, text, format } = await exportJob(folder, null, folder);
  return ggufTokenizer(model, text.tokenizer, format);
}

async function tensorsOf(model: string): Promise<{ readonly [name: string]: readonly number[] }> {
  const { tensors } = await openModelFolder(model);
  return Object.fromEntries(
    await Promise.all([...tensors.values()].map(async (entry) => [entry.name, [...(await readTensor(entry))]])),
  );
}

it('says how many of the planned bytes are written', async () => {
  await writeTinyModel(folder);
  await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
  const events: unknown[] = [];
  await exportModel(
    { model: { path: folder, checkpoint: null }, format: 'gguf', dtype: null, ...ordinary, out: join(folder, 'out') },
    (event) => events.push(event),
  );
  const { tensors } = await readGguf(await ggufIn(join(folder, 'out')));
  const bytes = tensors.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const written = events.filter((event) => JSON.stringify(event).startsWith('{"event":"written"'));
  expect(written.at(-1)).toEqual({ event: 'written', bytes, plannedBytes: bytes });
});

describe('every architecture', () => {
  it.each([
    'llama-gqa',
    'llama-tied',
    'mistral-window',
    'qwen2-bias',
    'qwen3-qk-norm',
    'granite-scales',
    'ministral-mixed-windows',
    'ministral3-yarn',
    'qwen2-yarn',
    'stablelm-layer-norm',
    'stablelm-parallel',
    'starcoder2-plain',
    'phi-parallel',
    'phi3-fused',
    'phi3-longrope',
    'olmo2-post-norms',
    'olmo3-windows',
  ])('%s comes back from a GGUF file as it was', async (name) => {
    for (const file of ['config.json', 'model.safetensors'])
      await copyFile(goldenPath('models', name, file), join(folder, file));
    await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
    await writeJson(folder, 'tokenizer_config.json', tinyTokenizerConfig);
    const source = await openModelFolder(folder);
    const back = join(folder, 'back');
    await unpackGguf(dirname(await exportGguf(folder)), source, back);
    const { config } = await openModelFolder(back);
    const rounded = ({ norms, ...others }: typeof config) => ({
      ...others,
      norms: { ...norms, epsilon: Math.fround(norms.epsilon) },
    });
    expect(rounded(config)).toEqual(rounded(source.config));
    expect(await tensorsOf(back)).toEqual(await tensorsOf(folder));
  });

  it('llama 3 stretched frequencies become what each plain one is divided by', async () => {
    await writeTinyModel(folder);
    const scaling = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8,
    };
    await writeJson(folder, 'config.json', { ...tinyConfig, rope_scaling: scaling });
    await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
    const { tensors } = await readGguf(await exportGguf(folder));
    const factors = tensors.find(({ name }) => name === 'rope_freqs.weight');
    if (factors === undefined) throw new Error('rope_freqs.weight was not written');
    const { config } = await openModelFolder(folder);
    const rotary = ggufRotary(config);
    const plain = inverseFrequencies({ ...rotary, scaling: null });
    const divided = [...(await readTensor(factors))].map((factor, index) => (plain[index] ?? 0) / factor);
    inverseFrequencies(rotary).forEach((frequency, index) => expect(divided[index]).toBeCloseTo(frequency, 7));
    // 2 pi / 0.01 is far above 8, so that frequency is divided by the whole factor.
    expect([...(await readTensor(factors))].at(-1)).toBe(8);
  });

  it('names a tensor one way and back', () => {
    const config = parseDecoderConfig(
      { ...tinyConfig, model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], attention_bias: true },
      'config.json',
    );
    const [names, back] = [ggufNames(config), huggingFaceNames(config)];
    for (const name of decoderTensorShapes(config).keys()) expect(back.get(names.get(name) ?? '')).toBe(name);
    expect([names.get('model.vision.weight'), back.get('blk.0.unheard.weight')]).toEqual([undefined, undefined]);
  });
});

describe('large vocabularies', () => {
  it('300,000 tokens and merges are written and come back', async () => {
    const entries = Array.from({ length: 300_000 }, (_, id) => `token ${id}`);
    const file = join(folder, 'large.gguf');
    await writeGguf(file, new Map([['tokenizer.ggml.tokens', { type: 'string[]', value: entries }]] as const), []);
    expect((await readGguf(file)).metadata.get('tokenizer.ggml.tokens')?.value).toEqual(entries);
  });

  it.skipIf(!hasData)("Qwen3's own tokenizer of 151,936 rows is exported", async () => {
    await writeTinyModel(folder);
    const config = {
      ...tinyConfig,
      model_type: 'qwen2',
      architectures: ['Qwen2ForCausalLM'],
      vocab_size: 151_936,
      bos_token_id: null,
      eos_token_id: 151_645,
    };
    await writeJson(folder, 'config.json', config);
    await writeSafetensors(join(folder, 'model.safetensors'), {}, zeroTensors(config));
    await writeFile(join(folder, 'tokenizer.json'), readData('tokenizers/qwen3/tokenizer.json.gz'));
    await writeFile(join(folder, 'tokenizer_config.json'), readData('tokenizers/qwen3/tokenizer_config.json'));
    const { metadata } = await readGguf(await exportGguf(folder));
    expect(metadata.get('tokenizer.ggml.tokens')?.value).toHaveLength(151_936);
    expect(metadata.get('tokenizer.ggml.merges')?.value).toHaveLength(151_387);
  });
});

it('vectors of a bfloat16 model that was trained in full keep the float32 they were trained in', async () => {
  await writeTinyModel(folder);
  await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    {},
    zeroTensors(tinyConfig).map((tensor) => ({
      ...tensor,
      dtype: 'bfloat16',
      data: () => [new Uint8Array(2 * elementCount(tensor.shape))],
    })),
  );
  const model = await openModelFolder(folder);
  const trained = fullParameters(model.config);
  const parameters = Float32Array.from({ length: trained.layout.size }, (_, index) => 1 + index / 4096);
  await gguf.write(await exportJob(folder, { trained, parameters }, folder));
  const written = new Map((await readGguf(await ggufIn(folder))).tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, offset, size, shape } of trained.layout.tensors.filter(
    (tensor) => !/[qk]_proj/.test(tensor.name),
  )) {
    const entry = written.get(ggufNames(model.config).get(name) ?? '');
    if (entry === undefined) throw new Error(`${name} is missing`);
    const exact = parameters.slice(offset, offset + size);
    expect([name, await readTensor(entry)]).toEqual([
      name,
      shape.length > 1 ? decodeFloats(encodeFloats(exact, 'bfloat16'), 'bfloat16') : exact,
    ]);
  }
});

describe('tokenizers', () => {
  it('one whose split llama.cpp does not know is refused with the file', async () => {
    await writeTinyModel(folder);
    await expect(tokenizerFields()).rejects.toMatchObject({
      code: 'gguf-tokenizer-not-supported',
      details: { file: join(folder, 'tokenizer.json') },
    });
  });

  it('rows of the embedding beyond the vocabulary are unused tokens', async () => {
    await writeTinyModel(folder);
    await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
    await writeJson(folder, 'config.json', { ...tinyConfig, vocab_size: 18 });
    await writeSafetensors(join(folder, 'model.safetensors'), {}, zeroTensors({ ...tinyConfig, vocab_size: 18 }));
    const fields = await tokenizerFields();
    expect(fields.get('tokenizer.ggml.tokens')?.value).toEqual([
      '<s>',
      '</s>',
      ...'abcdefghijklmn',
      '[PAD16]',
      '[PAD17]',
    ]);
    expect(fields.get('tokenizer.ggml.token_type')?.value).toEqual([
      3,
      3,
      ...Array.from({ length: 14 }, () => 1),
      5,
      5,
    ]);
    expect([fields.get('tokenizer.ggml.pre')?.value, fields.get('tokenizer.ggml.add_bos_token')?.value]).toEqual([
      'gpt-2',
      true,
    ]);
  });

  it.skipIf(!hasData).each([
    { tokenizer: 'tokenizers/qwen3/tokenizer.json.gz', split: 'qwen2' },
    { tokenizer: 'tokenizers/torchtune-llama3-like/tokenizer.json', split: 'llama-bpe' },
  ])('$tokenizer is split as $split', ({ tokenizer, split }) => {
    const json: { readonly pre_tokenizer: unknown } = JSON.parse(readData(tokenizer).toString());
    expect(splitName(json.pre_tokenizer)).toBe(split);
  });
});

describe.skipIf(!hasData)('beside files that others made', () => {
  it('stories260K has the tensors and the numbers that gguf-py wrote', async () => {
    const ours = await readGguf(await exportGguf(join(dataFolder, 'models/stories260K-hf')));
    const theirs = await readGguf(join(dataFolder, 'models/gguf/stories260K-f32.gguf'));
    const byName = new Map(ours.tensors.map((tensor) => [tensor.name, tensor]));
    expect([...byName.keys()].sort()).toEqual(theirs.tensors.map(({ name }) => name).sort());
    for (const tensor of theirs.tensors) {
      const own = byName.get(tensor.name);
      if (own === undefined) throw new Error(`${tensor.name} is missing`);
      expect(own.shape).toEqual(tensor.shape);
      expect(await readTensor(own)).toEqual(await readTensor(tensor));
    }
    const shared = [...theirs.metadata.keys()].filter((key) =>
      /^llama\.|tokens$|token_type$|token_id$|tokenizer.ggml.(model|pre|add_)|architecture|file_type/.test(key),
    );
    for (const key of shared) expect([key, ours.metadata.get(key)]).toEqual([key, theirs.metadata.get(key)]);
  });

  it.each([
    {
      file: 'Meta-Llama-3-8B-Instruct',
      config: {
        model_type: 'llama',
        hidden_size: 4096,
        num_hidden_layers: 32,
        num_attention_heads: 32,
        num_key_value_heads: 8,
        intermediate_size: 14_336,
        vocab_size: 128_256,
        max_position_embeddings: 8192,
        rms_norm_eps: 1e-5,
        rope_theta: 500_000,
        hidden_act: 'silu',
      },
    },
    {
      file: 'Qwen2.5-0.5B-Instruct',
      config: {
        model_type: 'qwen2',
        hidden_size: 896,
        num_hidden_layers: 24,
        num_attention_heads: 14,
        num_key_value_heads: 2,
        intermediate_size: 4864,
        vocab_size: 151_936,
        max_position_embeddings: 32_768,
        rms_norm_eps: 1e-6,
        rope_theta: 1_000_000,
        tie_word_embeddings: true,
        hidden_act: 'silu',
      },
    },
  ])("keys, numbers and tensor names of $file are those of ollama's converter", ({ file, config: raw }) => {
    const expected: { readonly [key: string]: string } = JSON.parse(
      readData(`peers/gguf-expected/${file}.json`).toString(),
    );
    const config = parseDecoderConfig(raw, 'config.json');
    const names = Object.keys(expected)
      .filter((key) => /(weight|bias)$/.test(key))
      .sort();
    expect([...decoderTensorShapes(config).keys()].map((name) => ggufNames(config).get(name)).sort()).toEqual(names);
    const fields = modelFields(config, { name: file, base: file, baseId: null }, 'float16');
    for (const key of Object.keys(expected).filter((known) =>
      /^(llama|qwen2|general\.(architecture|file_type|quant))/.test(known),
    )) {
      const value = fields.get(key)?.value;
      expect([key, typeof value === 'number' ? Number(value) : value]).toEqual([
        key,
        typeof value === 'number' ? Number(expected[key]) : expected[key],
      ]);
    }
  });

  it.each([
    { file: 'models/gguf/example.gguf', reason: /begins with "FUGG"/ },
    { file: 'models/gguf/test_writer.gguf', reason: /a value has type 0/ },
  ])('$file is refused with the reason', async ({ file, reason }) => {
    await expect(readGguf(join(dataFolder, file))).rejects.toMatchObject({
      code: 'gguf-invalid',
      message: expect.stringMatching(reason),
    });
  });
});

it('a file that is cut short is refused wherever it is cut', async () => {
  await writeTinyModel(folder);
  await writeJson(folder, 'tokenizer.json', byteLevelTokenizer);
  const file = await exportGguf(folder);
  const bytes = await readFile(file);
  for (const length of [0, 3, 20, 100, Math.floor(bytes.length / 2), bytes.length - 64]) {
    await writeFile(file, bytes.subarray(0, length));
    await expect(readGguf(file)).rejects.toMatchObject({ code: 'gguf-invalid' });
  }
});
