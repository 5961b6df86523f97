import { describe, expect, it } from 'vitest';
import { parseDecoderConfig } from '../../native-models/architectures/config.ts';
import { planMemory, requireMemory } from './memory.ts';

const smol135m = parseDecoderConfig(
  { model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3, vocab_size: 49_152, max_position_embeddings: 8192, tie_word_embeddings: true, torch_dtype: 'bfloat16' },
  'config.json',
);
const settings = { batchSize: 4, accumulate: 2, maxLength: 256, lora: { rank: 16, alpha: 32, targets: [] }, sharedPrefix: false, layerCheckpointing: false } as const;
const longest = { prompt: 128, response: 128 };

describe('planMemory', () => {
  // Peaks in MB of four pairs of 128 + 128 tokens, bfloat16 weights, measured with npm run bench (ONNX Runtime 1.30, 2 threads).
  it.each([
    [false, true, 1496],
    [true, true, 1416],
    [false, false, 4017],
    [true, false, 3943],
  ])('is within 15 %% of the measured peak (shared prefix %s, layers recomputed %s: %d MB)', (sharedPrefix, layerCheckpointing, megabytes) => {
    const { totalBytes } = planMemory(smol135m, { ...settings, sharedPrefix, layerCheckpointing }, 16e9, longest);
    expect(Math.abs(totalBytes / (megabytes * 1e6) - 1)).toBeLessThan(0.15);
  });

  it('adds its parts up', () => {
    const { parts, totalBytes } = planMemory(smol135m, settings, 16e9, longest);
    expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(totalBytes);
  });

  it('needs less with layer checkpointing, shorter texts and smaller batches', () => {
    const bytes = (change: object) => planMemory(smol135m, { ...settings, ...change }, 16e9, longest).totalBytes;
    expect(bytes({ layerCheckpointing: true })).toBeLessThan(0.4 * bytes({}));
    expect(bytes({ maxLength: 128 })).toBeLessThan(bytes({}));
    expect(bytes({ batchSize: 1 })).toBeLessThan(bytes({}));
    expect(bytes({ lora: null })).toBeGreaterThan(bytes({}));
  });

  it('recomputes layers on its own only where memory is short', () => {
    const auto = { ...settings, layerCheckpointing: 'auto' } as const;
    expect(planMemory(smol135m, auto, 16e9, longest).layerCheckpointing).toBe(false);
    expect(planMemory(smol135m, auto, 3e9, longest).layerCheckpointing).toBe(true);
  });

  it('offers the nearest settings that fit, which do fit and do the same steps', () => {
    const plan = planMemory(smol135m, settings, 1.1e9, longest);
    expect(plan.fits).toBe(false);
    expect(plan.nearestFit).not.toBeNull();
    const mended = { ...settings, ...plan.nearestFit };
    expect(planMemory(smol135m, mended, 1.1e9, longest).fits).toBe(true);
    expect(mended.batchSize * mended.accumulate).toBe(settings.batchSize * settings.accumulate);
    expect(() => requireMemory(plan, 'model')).toThrowError(expect.objectContaining({ kind: 'capacity', code: 'does-not-fit-memory', message: expect.stringContaining('--checkpoint-layers on') }));
  });

  it('offers nothing where nothing fits', () => {
    expect(planMemory(smol135m, settings, 1e8, longest)).toMatchObject({ fits: false, nearestFit: null });
  });
});
