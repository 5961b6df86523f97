import { llama1bSlice, smol135m } from '../bench/random-model.ts';

/** Shapes measured on a GPU machine, with random weights; `tiny` proves the script where there is none. */
export const gpuShapes = {
  tiny: {
    ...smol135m,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 131,
  },
  '135M': smol135m,
  /** Llama-3.2-1B. */
  '1B': { ...llama1bSlice, num_hidden_layers: 16 },
  /** Llama-3.1-8B. */
  '8B': {
    ...llama1bSlice,
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 128,
    tie_word_embeddings: false,
  },
} as const;
