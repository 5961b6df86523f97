import { badInput } from '../failure.ts';
import type { DecoderConfig } from '../families/decoder-config.ts';
import type { Value } from '../graph/value.ts';
import type { LowRank } from '../layers/linear.ts';
import type { ParameterTensor } from './parameters.ts';

/** The linear layers of a decoder block, in order, with the part of the block each belongs to. */
const linearLayers: readonly { readonly part: string; readonly name: string }[] = [
  ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => ({ part: 'self_attn', name })),
  ...['gate_proj', 'up_proj', 'down_proj'].map((name) => ({ part: 'mlp', name })),
];

export const loraTargets: readonly string[] = linearLayers.map(({ name }) => name);

/** A linear layer that gets an adapter. */
export interface LoraModule {
  /** Hugging Face name, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/**
 * The layers `targets` names (all of them when it is empty), layer by layer. `shapes` are the model's tensor shapes.
 * Throws `lora-target-unknown` for a name the architecture does not have.
 */
export function loraModules(
  config: DecoderConfig,
  shapes: ReadonlyMap<string, readonly number[]>,
  targets: readonly string[],
): readonly LoraModule[] {
  const unknown = targets.find((target) => !loraTargets.includes(target));
  if (unknown !== undefined)
    throw badInput(
      'lora-target-unknown',
      `There is no linear layer "${unknown}". Choose from ${loraTargets.join(', ')}.`,
      { value: unknown, expected: loraTargets },
    );
  const chosen = linearLayers.filter(({ name }) => targets.length === 0 || targets.includes(name));
  return Array.from({ length: config.layers }, (_, layer) => layer).flatMap((layer) =>
    chosen.map(({ part, name }) => {
      const full = `model.layers.${layer}.${part}.${name}`;
      const [outFeatures = 0, inFeatures = 0] = shapes.get(`${full}.weight`) ?? [];
      return { name: full, inFeatures, outFeatures };
    }),
  );
}

/** PEFT's names of an adapter's two matrices. */
export function peftNames(module: string): { readonly a: string; readonly b: string } {
  return { a: `base_model.model.${module}.lora_A.weight`, b: `base_model.model.${module}.lora_B.weight` };
}

/** The adapter matrices as parameters, in PEFT's names and shapes. */
export function loraTensors(
  modules: readonly LoraModule[],
  rank: number,
): readonly Pick<ParameterTensor, 'name' | 'shape' | 'decays'>[] {
  return modules.flatMap(({ name, inFeatures, outFeatures }) => {
    const names = peftNames(name);
    return [
      { name: names.a, shape: [rank, inFeatures], decays: true },
      { name: names.b, shape: [outFeatures, rank], decays: true },
    ];
  });
}

/** Adapters as the layers take them, from parameter values by PEFT name. */
export function loraAdapters(
  modules: readonly LoraModule[],
  values: ReadonlyMap<string, Value>,
  scale: number,
): ReadonlyMap<string, LowRank> {
  return new Map(
    modules.flatMap(({ name }) => {
      const names = peftNames(name);
      const [a, b] = [values.get(names.a), values.get(names.b)];
      return a === undefined || b === undefined ? [] : [[name, { a, b, scale }] as const];
    }),
  );
}

/**
 * The start of training: A uniform in ±1/√in (PEFT's Kaiming default), B zero, so the adapted model equals its base.
 */
export function initializeLora(
  modules: readonly LoraModule[],
  rank: number,
  random: () => number,
  write: (name: string, data: Float32Array) => void,
): void {
  for (const { name, inFeatures, outFeatures } of modules) {
    const names = peftNames(name);
    const bound = 1 / Math.sqrt(inFeatures);
    write(
      names.a,
      Float32Array.from({ length: rank * inFeatures }, () => (random() * 2 - 1) * bound),
    );
    write(names.b, new Float32Array(outFeatures * rank));
  }
}
