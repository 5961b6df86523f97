import { expect, it } from 'vitest';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { type MemorySettings, planMemory } from './memory.ts';

const smol = {
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 8,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49_152,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
};
const llama1b = {
  ...smol,
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 2,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  vocab_size: 128_256,
};
const qwen3 = {
  ...smol,
  model_type: 'qwen3',
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 4,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151_936,
};
const base: MemorySettings = {
  batchSize: 4,
  accumulate: 1,
  maxLength: 512,
  lora: { rank: 16, alpha: 32, targets: [] },
  sharedPrefix: true,
  keptLayers: 'all',
  provider: 'cpu',
};
/** Tokens that the plain template puts around a prompt. */
const aroundPrompt = 8;

/** Peaks in MB of whole runs (test/bench/memory-plan.ts, 2026-12-01), and how far the plan may be below and above. */
it.each<[number, object, number, number, Partial<MemorySettings>, number, number, number]>([
  [0, smol, 120, 120, {}, 1165, 0.1, 0.1],
  [1, smol, 120, 120, { keptLayers: 1 }, 787, 0.1, 0.1],
  [2, smol, 120, 120, { keptLayers: 4 }, 949, 0.1, 0.1],
  [3, smol, 60, 60, { batchSize: 8, lora: { rank: 64, alpha: 128, targets: [] } }, 1310, 0.1, 0.1],
  [4, smol, 60, 60, { accumulate: 2 }, 1555, 0.1, 0.1],
  [5, smol, 700, 300, { maxLength: 1024, batchSize: 1 }, 1168, 0.1, 0.1],
  [6, smol, 700, 300, { maxLength: 1024, batchSize: 2, keptLayers: 1 }, 992, 0.1, 0.1],
  // From the second step on the allocator holds the converted head twice; no other case does.
  [7, llama1b, 100, 100, { batchSize: 2 }, 3665, 0.25, 0.1],
  [8, llama1b, 200, 50, { keptLayers: 1, lora: { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] } }, 3090, 0.1, 0.1],
  [9, qwen3, 50, 150, { batchSize: 2 }, 1886, 0.1, 0.1],
  [10, qwen3, 50, 150, { keptLayers: 1, sharedPrefix: false }, 2006, 0.1, 0.1],
  [11, smol, 100, 100, { batchSize: 1, keptLayers: 1, lora: null }, 3449, 0.1, 0.1],
])('case %s is planned as it was measured', (_, shape, prompt, response, changes, megabytes, below, above) => {
  const { needs } = planMemory(
    parseDecoderConfig(shape, 'config.json'),
    { ...base, ...changes },
    { storage: 'as stored', compute: 'float32' },
    { hostBytes: 1e12, cardBytes: null },
    { prompt: prompt + aroundPrompt, response: response + 1 },
  );
  const share = (needs[0]?.neededBytes ?? 0) / (megabytes * 1e6);
  expect(share).toBeGreaterThan(1 - below);
  expect(share).toBeLessThan(1 + above);
});
