import { describe, expect, it } from 'vitest';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { otherModels } from '../../native-models/families/other-models.ts';
import { families } from '../../native-models/families/registry.ts';
import { Failure } from '../../native-models/failure.ts';

/**
 * Fifty text models of at most 14B that people download most, by what their config.json says beyond the sizes: whether
 * they can be trained here, or which part is missing.
 */

const sizes = {
  hidden_size: 2048,
  num_hidden_layers: 8,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  intermediate_size: 4096,
  vocab_size: 32_000,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
};
const llama3 = {
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
  rope_type: 'llama3',
};
const long = { type: 'longrope', short_factor: Array(64).fill(1), long_factor: Array(64).fill(2) };

type Model = readonly [name: string, type: string, changes: object];
const trainable: readonly Model[] = [
  ...['0.5B-Instruct', '1.5B-Instruct', '3B-Instruct', '7B-Instruct', '14B-Instruct'].map((size): Model => [
    `Qwen2.5-${size}`,
    'qwen2',
    { use_sliding_window: false, sliding_window: 32_768 },
  ]),
  ['Qwen2.5-Coder-7B-Instruct', 'qwen2', { use_sliding_window: false }],
  ...['0.6B', '1.7B', '4B', '8B', '14B', '4B-Instruct-2507'].map((size): Model => [
    `Qwen3-${size}`,
    'qwen3',
    { head_dim: 128, attention_bias: false, rope_theta: 1e6 },
  ]),
  ...['Llama-3.1-8B-Instruct', 'Llama-3.2-1B-Instruct', 'Llama-3.2-3B-Instruct', 'Llama-Guard-3-8B'].map(
    (name): Model => [name, 'llama', { rope_theta: 5e5, rope_scaling: llama3, head_dim: 128 }],
  ),
  ['Meta-Llama-3-8B-Instruct', 'llama', { rope_theta: 5e5 }],
  ['Llama-2-7b-chat-hf', 'llama', { num_key_value_heads: 16 }],
  ['TinyLlama-1.1B-Chat-v1.0', 'llama', {}],
  ['SmolLM2-135M-Instruct', 'llama', { tie_word_embeddings: true, rope_theta: 1e5 }],
  ['SmolLM3-3B', 'smollm3', { rope_theta: 5e6, no_rope_layer_interval: 4 }],
  ['DeepSeek-R1-Distill-Qwen-1.5B', 'qwen2', { use_sliding_window: false, rope_theta: 10_000 }],
  ['DeepSeek-R1-Distill-Qwen-7B', 'qwen2', { use_sliding_window: false, rope_theta: 10_000 }],
  ['DeepSeek-R1-Distill-Llama-8B', 'llama', { rope_scaling: llama3, rope_theta: 5e5 }],
  ['Yi-1.5-9B-Chat', 'llama', { rope_theta: 5e6 }],
  ['Falcon3-7B-Instruct', 'llama', { head_dim: 256 }],
  ['Mistral-7B-Instruct-v0.2', 'mistral', { sliding_window: null, rope_theta: 1e6 }],
  ['Mistral-7B-Instruct-v0.3', 'mistral', { sliding_window: null, rope_theta: 1e6 }],
  ['Mistral-Nemo-Instruct-2407', 'mistral', { sliding_window: null, head_dim: 128 }],
  ['Ministral-8B-Instruct-2410', 'mistral', { sliding_window: 32_768, head_dim: 128 }],
  ['gemma-2b-it', 'gemma', { head_dim: 256, hidden_act: 'gelu', num_key_value_heads: 1 }],
  ['gemma-2-2b-it', 'gemma2', { head_dim: 256, hidden_activation: 'gelu_pytorch_tanh', hidden_act: 'gelu' }],
  ['gemma-2-9b-it', 'gemma2', { head_dim: 256, hidden_activation: 'gelu_pytorch_tanh', hidden_act: 'gelu' }],
  ['gemma-3-270m-it', 'gemma3_text', { head_dim: 256, sliding_window: 512 }],
  ['gemma-3-1b-it', 'gemma3_text', { head_dim: 256, sliding_window: 512, sliding_window_pattern: 6 }],
  [
    'gemma-3-4b-it',
    'gemma3',
    { text_config: { hidden_size: 2560, model_type: 'gemma3_text', sliding_window: 1024, num_hidden_layers: 34 } },
  ],
  ['Phi-3-mini-4k-instruct', 'phi3', { sliding_window: 2047, original_max_position_embeddings: 4096 }],
  ['Phi-3.5-mini-instruct', 'phi3', { rope_scaling: long, original_max_position_embeddings: 4096 }],
  ['Phi-4-mini-instruct', 'phi3', { rope_scaling: long, original_max_position_embeddings: 4096, head_dim: 128 }],
  ['phi-2', 'phi', { hidden_size: 2560, num_attention_heads: 32, num_key_value_heads: 32, partial_rotary_factor: 0.4 }],
  ['phi-4', 'phi3', { sliding_window: null, original_max_position_embeddings: 8192 }],
  ['Olmo-2-1124-7B-Instruct', 'olmo2', { rope_theta: 5e5 }],
  ['Olmo-3-7B-Instruct', 'olmo3', { rope_theta: 5e5, sliding_window: 4096 }],
  [
    'granite-3.3-2b-instruct',
    'granite',
    { embedding_multiplier: 12, residual_multiplier: 0.22, attention_multiplier: 0.015625, logits_scaling: 8 },
  ],
];
const refused: readonly (readonly [...Model, missing: string])[] = [
  ['gpt2', 'gpt2', {}, 'learned positions'],
  ['pythia-70m', 'gpt_neox', {}, 'exact GELU'],
  ['opt-125m', 'opt', {}, 'learned positions'],
  ['bloom-560m', 'bloom', {}, 'ALiBi'],
  ['Qwen3.5-4B', 'qwen3_5', {}, 'gated delta net'],
  ['gemma-4-E4B-it', 'gemma4', {}, 'embeddings of their own in every layer'],
];

const parse = ([name, type, changes]: Model): unknown =>
  parseDecoderConfig({ ...sizes, model_type: type, ...changes }, `${name}/config.json`);

describe('fifty of the models that people download most', () => {
  it('are these', () => expect(trainable.length + refused.length).toBe(50));

  it.each(trainable)('%s can be trained', (name, type, changes) => {
    expect(parse([name, type, changes])).toMatchObject({ layers: { length: expect.any(Number) } });
  });

  it.each(refused)('%s lacks a part that is named', (name, type, changes, missing) => {
    const found = (() => {
      try {
        return parse([name, type, changes]);
      } catch (error) {
        return error;
      }
    })();
    expect(found).toBeInstanceOf(Failure);
    expect(found).toMatchObject({ code: 'architecture-not-supported', message: expect.stringContaining(missing) });
  });
});

it('no model is both trained and refused', () => {
  const trained = new Set(families.map(({ name }) => name));
  const names = otherModels.flatMap((others) => others.names);
  expect(names.filter((name) => trained.has(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

it('docs/models.md says what the tables say', async () => {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const trained = families.map(
    ({ name, architecture, models }) => `| ${cell(models)} | \`${name}\` | ${architecture} |`,
  );
  const others = otherModels.map(
    ({ names, models, needs }) =>
      `| ${cell(models)} | ${names.map((name) => `\`${name}\``).join(', ')} | ${cell(needs.join('; '))} |`,
  );
  const text = [
    '# Models',
    '',
    'Made from `native-models/families`; a test keeps it true.',
    '',
    '## Can be trained',
    '',
    'For each family a small random model is compared with PyTorch and transformers: log-probs, every gradient ' +
      'of LoRA and of full training, ten AdamW steps (`test/golden`), and the greedy answers of its exports in ' +
      'transformers, PEFT, ONNX Runtime and llama.cpp (`npm run test:consumers`). `safedpo inspect DIR` says for a ' +
      'folder what can be done with it, and to which formats it can be exported.',
    '',
    '| models | `model_type` | architecture |',
    '| --- | --- | --- |',
    ...trained,
    '',
    'Of models that also see images the text part is trained and exported as a text model: Gemma 3 from 4B on and ' +
      'Mistral Small 3.1 and later.',
    '',
    '## Cannot be trained yet',
    '',
    '| models | `model_type` | what is missing |',
    '| --- | --- | --- |',
    ...others,
    '',
    'Weights that are quantised already (GPTQ, AWQ, bitsandbytes, FP8, MXFP4, MLX, GGUF) cannot be trained either; ' +
      'get the original release.',
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../../docs/models.md');
});
