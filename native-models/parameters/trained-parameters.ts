import type { DecoderConfig } from '../families/decoder-config.ts';
import { decoderTensorShapes } from '../decoder/tensor-shapes.ts';
import { type LoraModule, loraModules, loraTensors } from './lora.ts';
import { type ParameterLayout, layoutParameters } from './parameters.ts';

/** What is trained: adapters on some layers, or the model's own tensors (`modules` empty). */
export interface TrainedParameters {
  readonly layout: ParameterLayout;
  readonly modules: readonly LoraModule[];
  /** alpha / rank; unused without adapters. */
  readonly adapterScale: number;
}

/** LoRA's matrices on the chosen layers. Throws `lora-target-unknown`. */
export function loraParameters(
  config: DecoderConfig,
  lora: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] },
): TrainedParameters {
  const modules = loraModules(config, lora.targets);
  return { layout: layoutParameters(loraTensors(modules, lora.rank)), modules, adapterScale: lora.alpha / lora.rank };
}

/** Every tensor of the model under its own name; norms and biases do not decay. */
export function fullParameters(config: DecoderConfig): TrainedParameters {
  const tensors = [...decoderTensorShapes(config)].map(([name, shape]) => ({ name, shape, decays: shape.length > 1 }));
  return { layout: layoutParameters(tensors), modules: [], adapterScale: 0 };
}
