import { badInput } from '../failure.ts';
import { type LinearLayer, linearLayers } from '../decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../families/decoder-config.ts';
import type { Value } from '../graph/value.ts';
import type { LowRank } from '../layers/linear.ts';
import type { ParameterTensor } from './parameters.ts';

/** The names by which linear layers of a block are chosen, in order, e.g. `q_proj`. */
export function loraTargets(config: DecoderConfig): readonly string[] {
  return linearLayers(config).map(targetName);
}

function targetName({ name }: LinearLayer): string {
  return name.slice(name.indexOf('.') + 1);
}

/** A linear layer that gets an adapter. */
export interface LoraModule {
  /** Hugging Face name, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/**
 * The layers `targets` names (all of them when it is empty), layer by layer. Throws `lora-target-unknown` for a name
 * the model does not have.
 */
export function loraModules(config: DecoderConfig, targets: readonly string[]): readonly LoraModule[] {
  const known = loraTargets(config);
  const unknown = targets.find((target) => !known.includes(target));
  if (unknown !== undefined)
    throw badInput('lora-target-unknown', `There is no linear layer "${unknown}". Choose from ${known.join(', ')}.`, {
      value: unknown,
      expected: known,
    });
  const chosen = linearLayers(config).filter((layer) => targets.length === 0 || targets.includes(targetName(layer)));
  return config.layers.flatMap((_, layer) =>
    chosen.map(({ name, inFeatures, outFeatures }) => ({
      name: `model.layers.${layer}.${name}`,
      inFeatures,
      outFeatures,
    })),
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
