import { describe, expect, it } from 'vitest';
import { parseDecoderConfig } from '../families/config.ts';
import { evaluate } from '../graph/evaluate/evaluate.ts';
import { input } from '../graph/value.ts';
import { initializeLora, loraTargets, peftNames } from './lora.ts';
import { joinGradients, layoutParameters, parameterValues } from './parameters.ts';
import { fullParameters, loraParameters } from './trained-parameters.ts';
import { largestOf, smallestOf } from '../extremes.ts';

const config = parseDecoderConfig(
  {
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 12,
    vocab_size: 16,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    hidden_act: 'silu',
  },
  'config.json',
);

describe('what is trained', () => {
  it('adapters: two matrices for each chosen layer in PEFT’s names and shapes, scaled by alpha / rank', () => {
    const { layout, modules, adapterScale } = loraParameters(config, {
      rank: 3,
      alpha: 6,
      targets: ['q_proj', 'down_proj'],
    });
    expect(adapterScale).toBe(2);
    expect(modules.map(({ name }) => name)).toEqual(
      [0, 1].flatMap((layer) => [`model.layers.${layer}.self_attn.q_proj`, `model.layers.${layer}.mlp.down_proj`]),
    );
    expect(layout.tensors.slice(0, 4).map(({ name, shape }) => [name, shape])).toEqual([
      ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight', [3, 8]],
      ['base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight', [8, 3]],
      ['base_model.model.model.layers.0.mlp.down_proj.lora_A.weight', [3, 12]],
      ['base_model.model.model.layers.0.mlp.down_proj.lora_B.weight', [8, 3]],
    ]);
    expect(layout.size).toBe(2 * 3 * (8 + 8 + 12 + 8));
  });

  it('no names mean every linear layer; an unknown one is refused with the choice', () => {
    expect(loraParameters(config, { rank: 1, alpha: 1, targets: [] }).modules).toHaveLength(
      2 * loraTargets(config).length,
    );
    expect(() => loraParameters(config, { rank: 1, alpha: 1, targets: ['q_prj'] })).toThrow(
      expect.objectContaining({ code: 'lora-target-unknown', message: expect.stringContaining('q_proj') }),
    );
  });

  it('everything: norms and biases after what decays, a tied head once', () => {
    const { layout } = fullParameters(config);
    const firstWithout = layout.tensors.findIndex(({ decays }) => !decays);
    expect(layout.tensors.slice(firstWithout).every(({ decays, shape }) => !decays && shape.length === 1)).toBe(true);
    expect(layout.tensors.slice(0, firstWithout).every(({ shape }) => shape.length === 2)).toBe(true);
    expect(layout.tensors.map(({ name }) => name)).not.toContain('lm_head.weight');
    expect(layout.tensors.filter(({ name }) => name.endsWith('q_proj.bias'))).toHaveLength(2);
  });
});

describe('the start of an adapter', () => {
  it('A is uniform within 1/√in, B is zero', () => {
    const { modules } = loraParameters(config, { rank: 64, alpha: 1, targets: ['q_proj'] });
    const written = new Map<string, Float32Array>();
    let draw = 0;
    initializeLora(
      modules,
      64,
      () => ((draw++ * 7919) % 10_007) / 10_007,
      (name, data) => written.set(name, data),
    );
    const names = peftNames('model.layers.0.self_attn.q_proj');
    const a = Array.from(written.get(names.a) ?? []);
    expect(a).toHaveLength(64 * 8);
    expect(largestOf(a.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(8));
    expect(largestOf(a)).toBeGreaterThan(0.99 / Math.sqrt(8));
    expect(smallestOf(a)).toBeLessThan(-0.99 / Math.sqrt(8));
    expect(Array.from(written.get(names.b) ?? [1]).every((value) => value === 0)).toBe(true);
    expect(written.size).toBe(4);
  });
});

describe('one flat vector', () => {
  const layout = layoutParameters([
    { name: 'norm', shape: [2], decays: false },
    { name: 'matrix', shape: [2, 3], decays: true },
    { name: 'other', shape: [1, 2], decays: true },
  ]);

  it('holds what decays first', () => {
    expect(layout.tensors.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['matrix', 0, 6],
      ['other', 6, 2],
      ['norm', 8, 2],
    ]);
    expect(layout.size).toBe(10);
  });

  it('taken apart and joined again is itself', () => {
    const values = parameterValues(input('flat', 'float64', [10]), layout);
    const data = Float64Array.from({ length: 10 }, (_, index) => index);
    const made = evaluate(
      { joined: joinGradients(values, layout), ...Object.fromEntries(values) },
      { flat: { shape: [10], data } },
    );
    expect(made['joined']?.data).toEqual(data);
    expect(made['norm']).toEqual({ shape: [2], data: Float64Array.of(8, 9) });
    expect(made['matrix']?.shape).toEqual([2, 3]);
  });

  it('a tensor without a gradient is named', () => {
    expect(() => joinGradients(new Map(), layout)).toThrow(expect.objectContaining({ code: 'gradient-missing' }));
  });
});
