import { describe, expect, it } from 'vitest';
import { parseDecoderConfig } from '../../families/config.ts';
import { requireGgufModel } from './model-fields.ts';

const small = {
  hidden_size: 64,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  intermediate_size: 96,
  vocab_size: 512,
  max_position_embeddings: 512,
  query_pre_attn_scalar: 16,
};
const gemma = { ...small, model_type: 'gemma', architectures: ['GemmaForCausalLM'] };
const gemma2 = { ...small, model_type: 'gemma2', architectures: ['Gemma2ForCausalLM'] };
const gemma3 = { ...small, model_type: 'gemma3_text', architectures: ['Gemma3ForCausalLM'] };
const parse = (json: object) => parseDecoderConfig(json, 'config.json');

describe('Gemma as GGUF', () => {
  it.each([
    ['Gemma 1', gemma],
    ['Gemma 2', gemma2],
    ['Gemma 2 27B, whose scores are divided by other than the size of a head', largest(gemma2, 46)],
    ['Gemma 3', gemma3],
    ['Gemma 3 27B', largest(gemma3, 62)],
  ])('%s can be written', (_, json) => {
    expect(() => requireGgufModel(parse(json))).not.toThrow();
  });

  it.each([
    ['another scale of scores', { ...gemma2, query_pre_attn_scalar: 24 }, 'query_pre_attn_scalar'],
    ['another scale of scores', { ...gemma3, query_pre_attn_scalar: 24 }, 'query_pre_attn_scalar'],
    ['no window', { ...gemma2, sliding_window: null }, 'one layer of 2'],
    ['windows elsewhere', { ...gemma3, sliding_window_pattern: 3 }, 'one layer of 6'],
    ['no cap', { ...gemma2, final_logit_softcapping: null }, 'final_logit_softcapping'],
    ['a cap', { ...gemma3, final_logit_softcapping: 30 }, 'final_logit_softcapping'],
    ['biases', { ...gemma, attention_bias: true }, 'attention_bias'],
    ['biases', { ...gemma2, attention_bias: true }, 'attention_bias'],
    ['a head of its own', { ...gemma2, tie_word_embeddings: false }, 'output head'],
  ])('%s is refused by name', (_, json, reason) => {
    expect(() => requireGgufModel(parse(json))).toThrow(reason);
  });
});

/** The published 27B models state the hidden size over the heads. */
function largest(json: typeof gemma2, layers: number): object {
  return { ...json, num_hidden_layers: layers, num_attention_heads: 2, query_pre_attn_scalar: 32 };
}
