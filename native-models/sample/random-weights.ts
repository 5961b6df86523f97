import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decoderTensorShapes } from '../decoder/tensor-shapes.ts';
import { parseDecoderConfig } from '../families/config.ts';
import { encodeFloats } from '../numbers/float-encoding.ts';
import { writeSafetensors } from '../formats/safetensors/write.ts';
import { seededRandom } from '../text/seeded-random.ts';

/** Spread of a new model's weights. */
const standardDeviation = 0.02;

/**
 * Writes `config.json` and weights drawn from a normal distribution (norms are one): a model that has learnt nothing.
 */
export async function writeRandomModel(folder: string, config: object, seed: number): Promise<void> {
  const file = join(folder, 'config.json');
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  const random = seededRandom(seed);
  const uniform = (): number => (random.below(2 ** 24) + 0.5) / 2 ** 24;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const tensors = [...decoderTensorShapes(parseDecoderConfig(config, file))].map(([name, shape]) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : normal() * standardDeviation));
    return { name, shape, dtype: 'float32' as const, data: () => [encodeFloats(values, 'float32')] };
  });
  await writeSafetensors(join(folder, 'model.safetensors'), {}, tensors);
}
