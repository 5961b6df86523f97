import { describe, expect, it } from 'vitest';
import { decoderTensorShapes, parameterCount } from '../decoder/tensor-shapes.ts';
import { inverseFrequencies } from '../layers/rope.ts';
import { parseDecoderConfig } from './config.ts';
import { sharedRotary } from './layer-plans.ts';

const llama = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  intermediate_size: 172,
  vocab_size: 512,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  bos_token_id: 1,
  eos_token_id: 2,
};
const parse = (changes: object) => parseDecoderConfig({ ...llama, ...changes }, 'config.json');
const fullThenSliding = ['full_attention', 'sliding_attention'];
const mistral = { model_type: 'mistral', architectures: ['MistralForCausalLM'] };
const gemma2 = { model_type: 'gemma2', architectures: ['Gemma2ForCausalLM'] };
const gemma3 = { model_type: 'gemma3_text', architectures: ['Gemma3ForCausalLM'] };
const qwen2 = { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] };
const qwen3 = { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] };

/** Published counts; the fields are those of the models' own config.json. */
const published = [
  [
    'Llama-3.1-70B',
    70_553_706_496,
    {
      hidden_size: 8192,
      num_hidden_layers: 80,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      intermediate_size: 28_672,
      vocab_size: 128_256,
    },
  ],
  [
    'Llama-3.2-1B',
    1_235_814_400,
    {
      hidden_size: 2048,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 64,
      intermediate_size: 8192,
      vocab_size: 128_256,
      tie_word_embeddings: true,
    },
  ],
  [
    'Gemma-2-2B',
    2_614_341_888,
    {
      ...gemma2,
      hidden_size: 2304,
      num_hidden_layers: 26,
      head_dim: 256,
      intermediate_size: 9216,
      vocab_size: 256_000,
    },
  ],
  [
    'Gemma-3-1B',
    999_885_952,
    {
      ...gemma3,
      hidden_size: 1152,
      num_hidden_layers: 26,
      num_attention_heads: 4,
      num_key_value_heads: 1,
      head_dim: 256,
      intermediate_size: 6912,
      vocab_size: 262_144,
    },
  ],
  [
    'Mistral-7B-v0.1',
    7_241_732_096,
    {
      ...mistral,
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14_336,
      vocab_size: 32_000,
    },
  ],
  [
    'Qwen2.5-0.5B',
    494_032_768,
    {
      ...qwen2,
      hidden_size: 896,
      num_hidden_layers: 24,
      num_attention_heads: 14,
      num_key_value_heads: 2,
      intermediate_size: 4864,
      vocab_size: 151_936,
      tie_word_embeddings: true,
    },
  ],
  [
    'Qwen3-0.6B',
    596_049_920,
    {
      ...qwen3,
      hidden_size: 1024,
      num_hidden_layers: 28,
      num_attention_heads: 16,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 3072,
      vocab_size: 151_936,
      tie_word_embeddings: true,
    },
  ],
  [
    'SmolLM2-135M',
    134_515_008,
    {
      hidden_size: 576,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      intermediate_size: 1536,
      vocab_size: 49_152,
      tie_word_embeddings: true,
    },
  ],
] as const;

describe('parameterCount', () => {
  it.each(published)('%s has %d parameters', (_, count, fields) => {
    const config = parse(fields);
    expect(parameterCount(config)).toBe(count);
    const inTensors = [...decoderTensorShapes(config).values()].reduce(
      (sum, shape) => sum + shape.reduce((product, axis) => product * axis, 1),
      0,
    );
    expect(inTensors).toBe(count);
  });
});

describe('parseDecoderConfig', () => {
  it('reads a plain Llama', () => {
    const layer = { window: null, rotary: { rotatedDims: 8, theta: 10_000, scaling: null } };
    expect(parse({})).toEqual({
      family: 'llama',
      partOf: null,
      hiddenSize: 64,
      layers: [layer, layer],
      heads: 8,
      keyValueHeads: 4,
      headDim: 8,
      intermediateSize: 172,
      vocabularySize: 512,
      norms: {
        beforeAttention: 'input_layernorm',
        afterAttention: null,
        beforeFeedForward: 'post_attention_layernorm',
        afterFeedForward: null,
        queryKey: null,
        offset: 0,
        kind: 'rms',
        bias: false,
        epsilon: 1e-5,
      },
      names: {
        attentionOutput: 'self_attn.o_proj',
        gate: 'mlp.gate_proj',
        up: 'mlp.up_proj',
        gateUp: 'mlp.gate_up_proj',
        down: 'mlp.down_proj',
        finalNorm: 'model.norm',
      },
      parallel: false,
      activation: 'silu',
      embeddingScale: 1,
      attentionScale: 8 ** -0.5,
      scoreCap: null,
      residualScale: 1,
      logitScale: 1,
      logitCap: null,
      biases: { queryKeyValue: false, attentionOutput: false, feedForward: false },
      projections: { queryKeyValue: 'split', gateUp: 'split' },
      headBias: false,
      tiedHead: false,
      maxPositions: 512,
      statedMaxPositions: 512,
      bosId: 1,
      eosIds: [2],
      torchDtype: 'float32',
      gguf: { architecture: 'llama', pairsRotatedRows: true, fields: [], refused: null, contextLimit: null },
      genaiType: 'llama',
    });
  });

  it('puts biases where each family has them', () => {
    expect(parse({ attention_bias: true, mlp_bias: true }).biases).toEqual({
      queryKeyValue: true,
      attentionOutput: true,
      feedForward: true,
    });
    expect(parse(qwen2)).toMatchObject({
      biases: { queryKeyValue: true, attentionOutput: false, feedForward: false },
      norms: { queryKey: null },
    });
    expect(parse(qwen3)).toMatchObject({
      biases: { queryKeyValue: false, attentionOutput: false },
      norms: { queryKey: 'each head' },
      headDim: 128,
    });
  });

  it('reads the rotary settings in the layout of transformers 4 and of 5', () => {
    const llama3 = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    };
    const expected = {
      rotatedDims: 8,
      theta: 500_000,
      scaling: {
        kind: 'llama3',
        factor: 8,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalMaxPositions: 8192,
      },
    };
    expect(parse({ rope_theta: 500_000, rope_scaling: llama3, torch_dtype: 'bfloat16' })).toMatchObject({
      layers: [{ rotary: expected }, { rotary: expected }],
      torchDtype: 'bfloat16',
    });
    const rotary = (changes: object) => sharedRotary(parse(changes));
    expect(rotary({ rope_parameters: { ...llama3, rope_theta: 500_000 } })).toEqual(expected);
    expect(parse({ dtype: 'bfloat16' }).torchDtype).toBe('bfloat16');
    expect(rotary({ rope_scaling: { type: 'linear', factor: 2 } })?.scaling).toEqual({ kind: 'linear', factor: 2 });
    expect(rotary({ rope_parameters: { rope_type: 'default', rope_theta: 1e6 } })).toMatchObject({
      theta: 1e6,
      scaling: null,
    });
  });

  it('reads YaRN, with what transformers takes where a number is left out', () => {
    const yarn = { type: 'yarn', factor: 4, original_max_position_embeddings: 128 };
    const scaling = (changes: object) => sharedRotary(parse({ rope_scaling: { ...yarn, ...changes } }))?.scaling;
    expect(scaling({})).toEqual({
      kind: 'yarn',
      factor: 4,
      attentionFactor: 0.1 * Math.log(4) + 1,
      keptTurns: 32,
      dividedTurns: 1,
      originalMaxPositions: 128,
      wholeEnds: true,
    });
    expect(scaling({ mscale: 0.7, mscale_all_dim: 0.7 })).toMatchObject({ attentionFactor: 1 });
    expect(scaling({ attention_factor: 1.2, beta_fast: 64, beta_slow: 2, truncate: false })).toMatchObject({
      attentionFactor: 1.2,
      keptTurns: 64,
      dividedTurns: 2,
      wholeEnds: false,
    });
    expect(scaling({ factor: null })).toMatchObject({ factor: 4 });
  });

  it('dynamic rope is plain within the context, and LongRoPE ends where its original context does', () => {
    const plain = sharedRotary(parse({}));
    const dynamic = sharedRotary(parse({ rope_scaling: { type: 'dynamic', factor: 2 } }));
    if (plain === null || dynamic === null) throw new Error('the layers rotate alike');
    expect(inverseFrequencies(dynamic)).toEqual(inverseFrequencies(plain));
    const factors = { short_factor: [1, 1.5, 2, 3], long_factor: [2, 3, 4, 5] };
    const long = parse({ rope_scaling: { type: 'longrope', ...factors }, original_max_position_embeddings: 64 });
    expect(long).toMatchObject({ maxPositions: 64, statedMaxPositions: 512 });
    const rotary = sharedRotary(long);
    expect(rotary?.scaling).toMatchObject({ attentionFactor: Math.sqrt(1 + Math.log(8) / Math.log(64)) });
    const frequencies = rotary === null ? [] : inverseFrequencies(rotary);
    inverseFrequencies(plain).forEach((frequency, index) =>
      expect((frequencies[index] ?? 0) * (factors.short_factor[index] ?? 0)).toBeCloseTo(frequency, 7),
    );
  });

  it.each([
    ['llama ignores it', { sliding_window: 64 }, null],
    ['mistral states it', { ...mistral, sliding_window: 64 }, 64],
    ['mistral switches it off', { ...mistral, sliding_window: null }, null],
    ['mistral passes over layer types', { ...mistral, sliding_window: 64, layer_types: fullThenSliding }, 64],
    ['qwen2 keeps it off', { ...qwen2, sliding_window: 64, use_sliding_window: false, max_window_layers: 0 }, null],
    [
      'qwen2 turns it on in every layer',
      { ...qwen2, sliding_window: 64, use_sliding_window: true, max_window_layers: 0 },
      64,
    ],
    [
      'qwen2 begins it after the last layer',
      { ...qwen2, sliding_window: 64, use_sliding_window: true, max_window_layers: 2 },
      null,
    ],
    [
      'qwen3 lists its layers',
      {
        ...qwen3,
        sliding_window: 64,
        use_sliding_window: true,
        max_window_layers: 2,
        layer_types: ['sliding_attention', 'sliding_attention'],
      },
      64,
    ],
  ])('sliding window: %s', (_, changes, expected) => {
    expect(parse(changes).layers.map(({ window }) => window)).toEqual([expected, expected]);
  });

  it('takes several ends of text', () => {
    expect(parse({ eos_token_id: [2, 3] }).eosIds).toEqual([2, 3]);
    expect(parse({ eos_token_id: null, bos_token_id: null })).toMatchObject({ bosId: null, eosIds: [] });
  });
});
