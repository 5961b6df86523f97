import { expect, it } from 'vitest';
import { requireBuildable } from './buildable.ts';
import { llama } from './llama.ts';

const config = llama.describe(
  {
    model_type: 'llama',
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 8,
    intermediate_size: 172,
    vocab_size: 512,
    max_position_embeddings: 512,
  },
  'config.json',
);

it.each([{ projections: { queryKeyValue: 'fused', gateUp: 'split' } }] as const)(
  'a description with %o, which the decoder does not build, is refused',
  (change) => {
    expect(() => requireBuildable(config, 'config.json')).not.toThrow();
    expect(() => requireBuildable({ ...config, ...change }, 'config.json')).toThrow(
      expect.objectContaining({ code: 'decoder-part-not-supported', kind: 'input' }),
    );
  },
);
