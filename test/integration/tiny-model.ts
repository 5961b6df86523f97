import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { elementCount } from '../../native-models/numbers/tensor-dtype.ts';
import { writeWeights } from '../../native-models/model-folder/shards.ts';
import type { TensorToWrite } from '../../native-models/formats/safetensors/write.ts';

/** A Llama of two layers and 16 tokens. */
export const tinyConfig = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 12,
  vocab_size: 16,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  bos_token_id: 0,
  eos_token_id: 1,
  hidden_act: 'silu',
};

/** A tokenizer of single letters. */
export const tinyTokenizer = {
  version: '1.0',
  added_tokens: [
    { id: 0, content: '<s>', special: true, normalized: false },
    { id: 1, content: '</s>', special: true, normalized: false },
  ],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: 'Fuse' },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(['<s>', '</s>', ...'abcdefghijklmn'].map((token, id) => [token, id])),
    merges: [],
    unk_token: null,
  },
};

export const tinyTokenizerConfig = { bos_token: '<s>', eos_token: '</s>', add_bos_token: true };

/** The tensors of a config, all zero. */
export function zeroTensors(config: object): TensorToWrite[] {
  return [...decoderTensorShapes(parseDecoderConfig(config, 'config.json'))].map(([name, shape]) => ({
    name,
    dtype: 'float32',
    shape,
    data: () => [new Uint8Array(4 * elementCount(shape))],
  }));
}

/** Writes the model; with `shards` its layers lie in two files behind an index. */
export async function writeTinyModel(folder: string, shards = false): Promise<void> {
  await writeJson(folder, 'config.json', tinyConfig);
  await writeJson(folder, 'tokenizer.json', tinyTokenizer);
  await writeJson(folder, 'tokenizer_config.json', tinyTokenizerConfig);
  const tensors = zeroTensors(tinyConfig);
  const fileOf = (name: string): string =>
    shards ? `model-0000${name.includes('layers.1') ? 2 : 1}-of-00002.safetensors` : 'model.safetensors';
  await writeWeights(
    folder,
    { sharded: shards, fileOf: new Map(tensors.map(({ name }) => [name, fileOf(name)])) },
    {},
    tensors,
  );
}

export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFile(join(folder, name), JSON.stringify(value));
}

/** Rewrites the JSON header of a safetensors file, data left as it is. */
export async function editHeader(
  folder: string,
  change: (json: string) => string,
  name = 'model.safetensors',
): Promise<void> {
  const file = join(folder, name);
  const bytes = await readFile(file);
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const json = Buffer.from(change(bytes.subarray(8, dataStart).toString().trimEnd()));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(file, Buffer.concat([length, json, bytes.subarray(dataStart)]));
}
