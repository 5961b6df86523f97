import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../native-models/failure.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { loadTemplate } from '../../native-models/text/chat-template.ts';
import { createPairEncoder, unlimitedLength } from '../../native-models/text/encode-pair.ts';
import { loadTokenizer, requireFittingTokenizer } from '../../native-models/text/tokenizer.ts';
import {
  editHeader,
  tinyConfig,
  tinyTokenizer,
  tinyTokenizerConfig,
  writeJson,
  writeTinyModel,
  zeroTensors,
} from './tiny-model.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'malformed-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Everything that reads a model folder before a run starts. */
async function openEverything(): Promise<readonly number[]> {
  const { config, dir, generationConfig } = await openModelFolder(folder);
  const tokenizer = await loadTokenizer(dir);
  requireFittingTokenizer(tokenizer, config, dir);
  const encoder = createPairEncoder(tokenizer, await loadTemplate(dir, 'model'), generationConfig.eosIds);
  const prompt = [{ role: 'user', content: 'abc' }] as const;
  const { promptIds, completionIds } = encoder.encodeSequence(prompt, 'de', unlimitedLength);
  return [...promptIds, ...completionIds];
}

interface Case {
  readonly what: string;
  readonly code: string;
  /** What the message must hold: file, field or tensor, and numbers. */
  readonly says: readonly string[];
  readonly spoil: () => Promise<unknown>;
  readonly shards?: boolean;
}

const weights = 'model.safetensors';
const config = (changes: object) => () => writeJson(folder, 'config.json', { ...tinyConfig, ...changes });
const tokenizer = (changes: object) => () => writeJson(folder, 'tokenizer.json', { ...tinyTokenizer, ...changes });
const tokenizerConfig = (changes: object) => () =>
  writeJson(folder, 'tokenizer_config.json', { ...tinyTokenizerConfig, ...changes });
const text = (name: string, content: string | Uint8Array) => () => writeFile(join(folder, name), content);
const header = (from: string | RegExp, to: string) => () =>
  editHeader(folder, (json) => {
    const changed = json.replace(from, to);
    if (changed === json) throw new Error(`the header holds no ${String(from)}`);
    return changed;
  });
const tensors = (change: (list: ReturnType<typeof zeroTensors>) => ReturnType<typeof zeroTensors>) => async () =>
  writeSafetensors(join(folder, weights), {}, change(zeroTensors(tinyConfig)));
const index = async (change: (map: { [name: string]: string }) => unknown) => {
  const json: { weight_map: { [name: string]: string } } = JSON.parse(
    await readFile(join(folder, 'model.safetensors.index.json'), 'utf8'),
  );
  await writeJson(folder, 'model.safetensors.index.json', change(json.weight_map));
};

const cases: readonly Case[] = [
  {
    what: 'no config',
    code: 'config-missing',
    says: ['config.json', 'Give the folder'],
    spoil: () => unlink(join(folder, 'config.json')),
  },
  {
    what: 'config cut short',
    code: 'json-invalid',
    says: ['config.json', 'Get the file again'],
    spoil: text('config.json', '{"model_type": "llama"'),
  },
  {
    what: 'config in UTF-16',
    code: 'json-invalid',
    says: ['config.json', 'UTF-8'],
    spoil: text('config.json', Buffer.from(JSON.stringify(tinyConfig), 'utf16le')),
  },
  {
    what: 'config with NaN',
    code: 'json-invalid',
    says: ['config.json', 'NaN'],
    spoil: text('config.json', '{"rms_norm_eps": NaN}'),
  },
  {
    what: 'config that is a list',
    code: 'config-field-invalid',
    says: ['config.json', 'the whole value'],
    spoil: text('config.json', '[]'),
  },
  {
    what: 'config that is a folder',
    code: 'file-is-folder',
    says: ['config.json', 'a folder'],
    spoil: () => unlink(join(folder, 'config.json')).then(() => mkdir(join(folder, 'config.json'))),
  },
  {
    what: 'config that is a link to a device',
    code: 'not-a-plain-file',
    says: ['config.json', 'a device'],
    spoil: () => unlink(join(folder, 'config.json')).then(() => symlink('/dev/zero', join(folder, 'config.json'))),
  },
  {
    what: 'no model type',
    code: 'config-field-invalid',
    says: ['config.json', 'model_type', 'missing'],
    spoil: config({ model_type: undefined }),
  },
  {
    what: 'Cohere',
    code: 'architecture-not-supported',
    says: ['config.json', 'cohere', 'Llama 1 to 3.3', 'Qwen 3'],
    spoil: config({ model_type: 'cohere', architectures: ['CohereForCausalLM'] }),
  },
  {
    what: 'BLOOM',
    code: 'architecture-not-supported',
    says: ['config.json', '"bloom"', 'ALiBi'],
    spoil: config({ model_type: 'bloom', architectures: ['BloomForCausalLM'] }),
  },
  {
    what: 'GPT-NeoX',
    code: 'architecture-not-supported',
    says: ['config.json', 'gpt_neox'],
    spoil: config({ model_type: 'gpt_neox', architectures: ['GPTNeoXForSequenceClassification'] }),
  },
  {
    what: 'a mixture of experts',
    code: 'architecture-not-supported',
    says: ['config.json', 'mixtral'],
    spoil: config({ model_type: 'mixtral', architectures: ['MixtralForCausalLM'] }),
  },
  {
    what: 'a classifier of a known family',
    code: 'architecture-not-supported',
    says: ['config.json', 'LlamaForSequenceClassification'],
    spoil: config({ architectures: ['LlamaForSequenceClassification'] }),
  },
  {
    what: 'a model type named like a method',
    code: 'architecture-not-supported',
    says: ['config.json', 'constructor'],
    spoil: config({ model_type: 'constructor' }),
  },
  {
    what: 'quantised weights',
    code: 'weights-quantized',
    says: ['config.json', 'quantization_config'],
    spoil: config({ quantization_config: { bits: 4 } }),
  },
  {
    what: 'another activation',
    code: 'activation-not-supported',
    says: ['config.json', 'hidden_act', 'gelu'],
    spoil: config({ hidden_act: 'gelu' }),
  },
  {
    what: 'no heads',
    code: 'config-field-invalid',
    says: ['config.json', 'num_attention_heads is 0'],
    spoil: config({ num_attention_heads: 0 }),
  },
  {
    what: 'a negative size',
    code: 'config-field-invalid',
    says: ['config.json', 'hidden_size is -8'],
    spoil: config({ hidden_size: -8 }),
  },
  {
    what: 'half a layer',
    code: 'config-field-invalid',
    says: ['config.json', 'num_hidden_layers is 1.5'],
    spoil: config({ num_hidden_layers: 1.5 }),
  },
  {
    what: 'a size that is text',
    code: 'config-field-invalid',
    says: ['config.json', 'intermediate_size is "12"'],
    spoil: config({ intermediate_size: '12' }),
  },
  {
    what: 'a huge vocabulary',
    code: 'config-field-invalid',
    says: ['config.json', 'vocab_size is 1000000000000000'],
    spoil: config({ vocab_size: 1e15 }),
  },
  {
    what: 'infinite rope',
    code: 'config-field-invalid',
    says: ['config.json', 'rope_theta is Infinity'],
    spoil: text(
      'config.json',
      JSON.stringify({ ...tinyConfig, rope_theta: 0 }).replace('"rope_theta":0', '"rope_theta":1e999'),
    ),
  },
  {
    what: 'negative epsilon',
    code: 'config-field-invalid',
    says: ['config.json', 'rms_norm_eps is -1'],
    spoil: config({ rms_norm_eps: -1 }),
  },
  {
    what: 'an unknown dtype',
    code: 'config-field-invalid',
    says: ['config.json', 'torch_dtype is "int8"'],
    spoil: config({ torch_dtype: 'int8' }),
  },
  {
    what: 'heads that share no key/value heads',
    code: 'config-numbers-impossible',
    says: ['config.json', 'num_key_value_heads 3'],
    spoil: config({ num_key_value_heads: 3 }),
  },
  {
    what: 'a size that heads do not divide',
    code: 'config-numbers-impossible',
    says: ['config.json', 'hidden_size 9'],
    spoil: config({ hidden_size: 9 }),
  },
  {
    what: 'odd heads',
    code: 'config-numbers-impossible',
    says: ['config.json', 'head_dim 3'],
    spoil: config({ head_dim: 3 }),
  },
  {
    what: 'an end of text outside the vocabulary',
    code: 'config-numbers-impossible',
    says: ['config.json', 'token id 16'],
    spoil: config({ eos_token_id: [1, 16] }),
  },
  {
    what: 'llama3 rope without its numbers',
    code: 'config-field-invalid',
    says: ['config.json', 'rope_scaling', 'factor'],
    spoil: config({ rope_scaling: { rope_type: 'llama3' } }),
  },
  {
    what: 'llama3 rope upside down',
    code: 'config-numbers-impossible',
    says: ['config.json', 'high_freq_factor 1'],
    spoil: config({
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 4,
        high_freq_factor: 1,
        original_max_position_embeddings: 8192,
      },
    }),
  },
  {
    what: 'a rope of an unknown kind',
    code: 'rope-not-supported',
    says: ['config.json', 'ntk-by-parts'],
    spoil: config({ rope_scaling: { type: 'ntk-by-parts', factor: 4 } }),
  },
  {
    what: 'longrope with too few factors',
    code: 'config-numbers-impossible',
    says: ['config.json', 'short_factor has 1 numbers'],
    spoil: config({ rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } }),
  },
  {
    what: 'a part of each head in a family that rotates whole heads',
    code: 'rope-not-supported',
    says: ['config.json', 'partial_rotary_factor is 0.5'],
    spoil: config({ partial_rotary_factor: 0.5 }),
  },
  {
    what: 'layers of an attention that is not built',
    code: 'decoder-part-not-supported',
    says: ['config.json', 'linear_attention'],
    spoil: config({
      model_type: 'qwen2',
      architectures: ['Qwen2ForCausalLM'],
      use_sliding_window: true,
      layer_types: ['linear_attention', 'full_attention'],
    }),
  },
  {
    what: 'a generation config of another model',
    code: 'generation-config-invalid',
    says: ['generation_config.json', '128009'],
    spoil: text('generation_config.json', '{"eos_token_id": [128009]}'),
  },

  { what: 'no weights', code: 'weights-missing', says: [weights, '.bin'], spoil: () => unlink(join(folder, weights)) },
  { what: 'an empty weight file', code: 'safetensors-truncated', says: [weights, '0 bytes'], spoil: text(weights, '') },
  {
    what: 'a Git LFS pointer',
    code: 'weights-are-lfs-pointer',
    says: [weights, 'git lfs pull'],
    spoil: text(weights, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
  },
  {
    what: 'a header longer than the format allows',
    code: 'safetensors-header-too-long',
    says: [weights, '18446744073709551615'],
    spoil: text(weights, Buffer.alloc(64, 255)),
  },
  {
    what: 'a header longer than the file',
    code: 'safetensors-truncated',
    says: [weights, '1008'],
    spoil: text(weights, Buffer.from([0xe8, 3, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])),
  },
  { what: 'a header that is no JSON', code: 'safetensors-header-invalid', says: [weights], spoil: header('{', '(') },
  {
    what: 'a header that is a list',
    code: 'safetensors-header-invalid',
    says: [weights, 'JSON object'],
    spoil: () => editHeader(folder, () => '[]'),
  },
  {
    what: 'metadata that is not text',
    code: 'safetensors-header-invalid',
    says: [weights, '__metadata__'],
    spoil: header('"pt"', '1'),
  },
  {
    what: 'a tensor without a shape',
    code: 'safetensors-header-invalid',
    says: [weights, 'lm_head.weight', 'shape'],
    spoil: header('"shape":[16,8],', ''),
  },
  {
    what: 'a negative axis',
    code: 'safetensors-header-invalid',
    says: [weights, 'lm_head.weight', '-16'],
    spoil: header('[16,8]', '[-16,8]'),
  },
  {
    what: 'one tensor twice',
    code: 'safetensors-duplicate-key',
    says: [weights, 'model.norm.weight'],
    spoil: header(
      '{"__metadata__"',
      '{"model.norm.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"__metadata__"',
    ),
  },
  {
    what: 'an unknown dtype of a tensor',
    code: 'safetensors-dtype-not-supported',
    says: [weights, 'lm_head.weight', 'F8_E4M3'],
    spoil: header('F32', 'F8_E4M3'),
  },
  {
    what: 'a shape that does not give the length',
    code: 'safetensors-length-mismatch',
    says: [weights, 'lm_head.weight', '544', '512'],
    spoil: header('[16,8]', '[17,8]'),
  },
  {
    what: 'offsets the wrong way round',
    code: 'safetensors-length-mismatch',
    says: [weights, 'lm_head.weight', '[512, 0]'],
    spoil: header('[0,512]', '[512,0]'),
  },
  {
    what: 'tensors on top of each other',
    code: 'safetensors-overlap',
    says: [weights, 'model.embed_tokens.weight', 'lm_head.weight'],
    spoil: header('[512,1024]', '[508,1020]'),
  },
  {
    what: 'bytes between tensors',
    code: 'safetensors-hole',
    says: [weights, 'model.embed_tokens.weight'],
    spoil: header('[512,1024]', '[516,1028]'),
  },
  {
    what: 'bytes after the last tensor',
    code: 'safetensors-hole',
    says: [weights, 'last 3 bytes'],
    spoil: () => appendFile(join(folder, weights), 'abc'),
  },
  {
    what: 'a file cut short',
    code: 'safetensors-out-of-range',
    says: [weights, 'download it again'],
    spoil: async () => truncate(join(folder, weights), (await readFile(join(folder, weights))).length - 4),
  },
  {
    what: 'a link to nothing',
    code: 'weights-missing',
    says: [weights],
    spoil: () => unlink(join(folder, weights)).then(() => symlink(join(folder, 'gone'), join(folder, weights))),
  },
  {
    what: 'a missing tensor',
    code: 'tensor-missing',
    says: ['model.layers.1.mlp.up_proj.weight', 'config.json'],
    spoil: tensors((list) => list.filter(({ name }) => name !== 'model.layers.1.mlp.up_proj.weight')),
  },
  {
    what: 'fewer layers than config.json says',
    code: 'tensor-missing',
    says: ['model.layers.2.', '3 layers'],
    spoil: config({ num_hidden_layers: 3 }),
  },
  {
    what: 'a tensor of another shape',
    code: 'tensor-shape-wrong',
    says: [weights, 'model.layers.0.mlp.gate_proj.weight', '[12, 8]', '[14, 8]'],
    spoil: config({ intermediate_size: 14 }),
  },
  {
    what: 'a tensor of integers',
    code: 'tensor-dtype-not-supported',
    says: [weights, 'model.norm.weight', 'int32'],
    spoil: tensors((list) =>
      list.map((tensor) => (tensor.name === 'model.norm.weight' ? { ...tensor, dtype: 'int32' } : tensor)),
    ),
  },

  {
    what: 'an index without a map',
    code: 'shard-index-invalid',
    says: ['model.safetensors.index.json', 'weight_map'],
    shards: true,
    spoil: () => index(() => ({ metadata: {} })),
  },
  {
    what: 'an index that leaves its folder',
    code: 'shard-index-invalid',
    says: ['index.json', '../secret.safetensors'],
    shards: true,
    spoil: () => index((map) => ({ weight_map: { ...map, 'model.norm.weight': '../secret.safetensors' } })),
  },
  {
    what: 'a missing shard',
    code: 'shard-missing',
    says: ['1 of 2', 'model-00002-of-00002.safetensors', 'Download'],
    shards: true,
    spoil: () => unlink(join(folder, 'model-00002-of-00002.safetensors')),
  },
  {
    what: 'a tensor the index does not list',
    code: 'shard-tensor-unlisted',
    says: ['model-00001-of-00002.safetensors', 'model.norm.weight'],
    shards: true,
    spoil: () =>
      index((map) => ({
        weight_map: Object.fromEntries(Object.entries(map).filter(([name]) => name !== 'model.norm.weight')),
      })),
  },
  {
    what: 'a tensor that is not in its shard',
    code: 'shard-tensor-missing',
    says: ['model-00001-of-00002.safetensors', 'model.extra'],
    shards: true,
    spoil: () => index((map) => ({ weight_map: { ...map, 'model.extra': 'model-00001-of-00002.safetensors' } })),
  },

  {
    what: 'no tokenizer',
    code: 'tokenizer-missing',
    says: ['tokenizer.json', 'save_pretrained'],
    spoil: () => unlink(join(folder, 'tokenizer.json')),
  },
  {
    what: 'a tokenizer cut short',
    code: 'json-invalid',
    says: ['tokenizer.json'],
    spoil: text('tokenizer.json', '{"model":'),
  },
  {
    what: 'a tokenizer without a vocabulary',
    code: 'tokenizer-invalid',
    says: ['tokenizer.json', 'model.vocab'],
    spoil: tokenizer({ model: { type: 'BPE' } }),
  },
  {
    what: 'a tokenizer of an unknown kind',
    code: 'tokenizer-form-not-supported',
    says: ['tokenizer.json', 'pre_tokenizer', 'Oracle'],
    spoil: tokenizer({ pre_tokenizer: { type: 'Oracle' } }),
  },
  {
    what: 'an end of text the tokenizer lacks',
    code: 'special-token-unknown',
    says: ['tokenizer_config.json', 'eos_token', '<|end|>'],
    spoil: tokenizerConfig({ eos_token: '<|end|>' }),
  },
  {
    what: 'special tokens that are numbers',
    code: 'tokenizer-config-invalid',
    says: ['tokenizer_config.json', 'bos_token is 7'],
    spoil: tokenizerConfig({ bos_token: 7 }),
  },
  {
    what: 'a tokenizer larger than the model',
    code: 'tokenizer-does-not-fit-model',
    says: ['tokenizer.json', '16', 'vocab_size'],
    spoil: tokenizer({ added_tokens: [...tinyTokenizer.added_tokens, { id: 16, content: '<pad>', special: true }] }),
  },
  {
    what: 'no end of text at all',
    code: 'eos-unknown',
    says: ['eos_token', 'tokenizer_config.json'],
    spoil: async () => {
      await config({ eos_token_id: null })();
      await writeJson(folder, 'tokenizer_config.json', {});
    },
  },
  {
    what: 'a template that does not parse',
    code: 'chat-template-invalid',
    says: ['chat_template.jinja', 'plain'],
    spoil: text('chat_template.jinja', '{% for message in %}'),
  },
  {
    what: 'a template file without a template',
    code: 'chat-template-invalid',
    says: ['chat_template.json', 'chat_template'],
    spoil: text('chat_template.json', '{}'),
  },
  {
    what: 'a template that refuses',
    code: 'chat-template-refused',
    says: ['tokenizer_config.json', 'only poems'],
    spoil: tokenizerConfig({ chat_template: "{{ raise_exception('only poems') }}" }),
  },
  {
    what: 'several templates without a default',
    code: 'chat-template-ambiguous',
    says: ['tokenizer_config.json', 'rag, tool_use'],
    spoil: tokenizerConfig({
      chat_template: [
        { name: 'rag', template: '' },
        { name: 'tool_use', template: '' },
      ],
    }),
  },
  {
    what: 'a template that rewrites the prompt',
    code: 'chat-template-rewrites-prompt',
    says: ['tokenizer_config.json', 'plain'],
    spoil: tokenizerConfig({
      chat_template: '{{ messages | length }}{% for message in messages %}{{ message.content }}{% endfor %}',
    }),
  },
  {
    what: 'a template that says nothing',
    code: 'prompt-empty',
    says: ['prompt'],
    spoil: tokenizerConfig({ chat_template: '{% if messages | length == 2 %}{{ messages[1].content }}{% endif %}' }),
  },
];

describe('malformed model folders', () => {
  it.each([false, true])('the folder they are spoilt from is read (shards: %s)', async (shards) => {
    await writeTinyModel(folder, shards);
    expect(await openEverything()).toEqual([0, 2, 3, 4, 5, 6, 1]);
  });

  it.each(cases)('$what: $code', async ({ code, says, spoil, shards }) => {
    await writeTinyModel(folder, shards);
    await spoil();
    const failure = await openEverything().then(
      () => null,
      (error: unknown) => error,
    );
    if (!(failure instanceof Failure)) throw failure ?? new Error('the folder was read');
    expect(failure).toMatchObject({ kind: 'input', code });
    for (const part of says) expect(failure.message).toContain(part);
    expect(failure.message, 'ends with what to do').toMatch(/\. [A-Z][^.]*(\.[^.]+)*\.$/);
  });

  it('a path that is no folder', async () => {
    await expect(openModelFolder(join(folder, 'gone'))).rejects.toMatchObject({ code: 'model-folder-not-found' });
  });

  it('lists every code in docs/errors.md', async () => {
    const errors = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    expect(cases.map(({ code }) => code).filter((code) => !errors.includes(`| \`${code}\` |`))).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk: the older file stays, nothing is left behind', async () => {
    await writeTinyModel(folder);
    const file = join(folder, weights);
    const before = await readFile(file);
    await symlink('/dev/full', `${file}.partial`);
    await expect(writeSafetensors(file, {}, zeroTensors(tinyConfig))).rejects.toMatchObject({
      kind: 'capacity',
      code: 'disk-full',
    });
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(folder)).not.toContain(`${weights}.partial`);
  });

  it('a folder that cannot be written', async () => {
    await expect(writeSafetensors(join(folder, 'gone', weights), {}, [])).rejects.toMatchObject({
      code: 'folder-not-writable',
    });
  });
});
