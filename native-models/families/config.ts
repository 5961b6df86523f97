import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import type { DecoderConfig } from './decoder-config.ts';
import type { Family } from './family.ts';
import { otherModels } from './other-models.ts';
import { families } from './registry.ts';
import { textTower, towerModels } from './text-tower.ts';

/**
 * Reads a parsed `config.json`: its family describes the model, or that of the text model inside it. `file` is named in
 * messages. Throws `architecture-not-supported`, `weights-quantized`, `config-field-invalid`,
 * `config-numbers-impossible`, `activation-not-supported`, `rope-not-supported` or `decoder-part-not-supported`.
 */
export function parseDecoderConfig(json: unknown, file: string): DecoderConfig {
  const tower = textTower(json, families);
  const text = tower?.json ?? json;
  return { ...familyOf(text, file).describe(text, file), partOf: tower?.partOf ?? null };
}

/** `config.json` of the model that is trained: what was read, or of a model that sees more than text its text part. */
export function trainedConfig(json: unknown): { readonly [field: string]: unknown } {
  return textTower(json, families)?.json ?? { ...Object(json) };
}

function isNamed({ architecture, otherArchitecture }: Family, stated: readonly string[]): boolean {
  return stated.includes(architecture) || (otherArchitecture !== undefined && stated.includes(otherArchitecture));
}

function familyOf(json: unknown, file: string): Family {
  const identity = z.looseObject({
    model_type: z.string('expected the name of a model type'),
    architectures: z.array(z.string()).nullish(),
    quantization_config: z.unknown().optional(),
  });
  const {
    model_type: type,
    architectures,
    quantization_config: quantization,
  } = parseFields(identity, json, file, 'config-field-invalid');
  const family = families.find(({ name }) => name === type);
  const stated = architectures?.join(', ') ?? '';
  if (family === undefined || (architectures?.length && !isNamed(family, architectures))) {
    const supported = [...families.map(({ models }) => models), ...towerModels].join('; ');
    const named = `"${type}"${stated ? ` (${stated})` : ''}`;
    const other = family === undefined ? otherModels.find(({ names }) => names.includes(type)) : undefined;
    const why =
      other === undefined
        ? `models of type ${named} are not supported`
        : `${other.models}, here ${named}, need ${listed(other.needs)}, which cannot be trained here yet`;
    throw badInput('architecture-not-supported', `${file}: ${why}. Supported are ${supported}.`, {
      file,
      modelType: type,
      architectures: stated,
      needs: other?.needs ?? [],
      supported,
    });
  }
  if (quantization !== undefined && quantization !== null) {
    throw badInput(
      'weights-quantized',
      `${file}: quantization_config is set, so the weights are quantised; training needs float32, float16 ` +
        `or bfloat16 weights. Choose the model's unquantised release.`,
      { file, field: 'quantization_config' },
    );
  }
  return family;
}

/** "a, b and c". */
function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${last}` : last;
}
