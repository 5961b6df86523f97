import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { NormPlan } from './decoder-config.ts';
import type { PlainDecoder } from './plain-decoder.ts';

const epsilon = z.number('expected a number').min(0, 'expected 0 or more').max(0.1, 'expected at most 0.1');

/** A Llama's norms as LayerNorms with a bias, their epsilon under the family's own name (1e-5 where it is left out). */
export function layerNorms(
  { norms }: Pick<PlainDecoder, 'norms'>,
  json: unknown,
  field: 'layer_norm_eps' | 'norm_epsilon',
  file: string,
): NormPlan {
  const raw = parseFields(z.looseObject({ [field]: epsilon.default(1e-5) }), json, file, 'config-field-invalid');
  return { ...norms, kind: 'layer', bias: true, epsilon: epsilon.parse(raw[field]) };
}
