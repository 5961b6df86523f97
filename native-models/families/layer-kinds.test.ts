import { describe, expect, it } from 'vitest';
import { decoderTensorShapes } from '../decoder/tensor-shapes.ts';
import { parseDecoderConfig } from './config.ts';

/** What families with layers, scales or matrices of their own make of a config.json. */

const small = {
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  intermediate_size: 172,
  vocab_size: 512,
  max_position_embeddings: 512,
};
const parse = (changes: object) => parseDecoderConfig({ ...small, ...changes }, 'config.json');
const gemma2 = { model_type: 'gemma2', architectures: ['Gemma2ForCausalLM'] };
const gemma3 = { model_type: 'gemma3_text', architectures: ['Gemma3ForCausalLM'] };

it('Ministral has a window in the layers that it names, or in all', () => {
  const ministral = { model_type: 'ministral', architectures: ['MinistralForCausalLM'], sliding_window: 64 };
  const windows = (changes: object) => parse({ ...ministral, ...changes }).layers.map(({ window }) => window);
  expect(windows({ layer_types: ['full_attention', 'sliding_attention'] })).toEqual([null, 64]);
  expect(windows({})).toEqual([64, 64]);
});

it('Ministral 3 ends where its queries begin to grow', () => {
  const ministral3 = {
    model_type: 'ministral3',
    architectures: ['Ministral3ForCausalLM'],
    max_position_embeddings: 262_144,
  };
  const rotation = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 128 };
  const growing = { ...rotation, llama_4_scaling_beta: 0.1 };
  expect(parse(ministral3)).toMatchObject({ maxPositions: 16_384, statedMaxPositions: 262_144 });
  expect(parse({ ...ministral3, rope_parameters: growing })).toMatchObject({ maxPositions: 128 });
  expect(parse({ ...ministral3, rope_parameters: rotation })).toMatchObject({ maxPositions: 262_144 });
});

it('Gemma 3 has no cap on scores, whatever config.json says, as in transformers', () => {
  expect(parse({ ...gemma3, attn_logit_softcapping: 50 }).scoreCap).toBeNull();
  expect(parse({ ...gemma2, attn_logit_softcapping: 20 }).scoreCap).toBe(20);
});

describe('Granite 4', () => {
  const granite4 = {
    model_type: 'granitemoehybrid',
    architectures: ['GraniteMoeHybridForCausalLM'],
    num_local_experts: 0,
    shared_intermediate_size: 96,
    position_embedding_type: 'rope',
    layer_types: ['attention', 'attention'],
  };

  it('without experts and Mamba layers is a Granite with gate and up in one matrix', () => {
    const config = parse(granite4);
    expect(config).toMatchObject({ intermediateSize: 96, projections: { gateUp: 'fused' } });
    expect([...decoderTensorShapes(config).keys()]).toContain('model.layers.1.shared_mlp.input_linear.weight');
    expect(config.layers.every(({ rotary }) => rotary !== null)).toBe(true);
  });

  it('rotates nothing unless config.json says so', () => {
    expect(parse({ ...granite4, position_embedding_type: 'nope' }).layers).toEqual([
      { window: null, rotary: null },
      { window: null, rotary: null },
    ]);
  });

  it.each([
    [{ num_local_experts: 32 }, 'a mixture of experts'],
    [{ layer_types: ['mamba', 'attention'] }, 'Mamba layers'],
    [{ layer_types: null, num_local_experts: 2 }, 'a mixture of experts and Mamba layers'],
  ])('with %o is refused by name', (changes, part) => {
    expect(() => parse({ ...granite4, ...changes })).toThrow(part);
  });
});
