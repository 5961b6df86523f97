import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderTensorShapes } from '../../../native-models/decoder/tensor-shapes.ts';
import { parseDecoderConfig } from '../../../native-models/families/config.ts';

/**
 * Writes a model folder whose bfloat16 weights are all zero and take no room on the disk, so that shapes of any size
 * can be loaded. No tokenizer.
 */
export async function writeSparseModel(folder: string, config: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config, null, 2));
  let end = 0;
  const entries = [...decoderTensorShapes(parseDecoderConfig(config, file))].map(([name, shape]): [string, object] => {
    const begin = end;
    end += 2 * shape.reduce((product, dim) => product * dim, 1);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8), 0);
  json.copy(header, 8);
  const weights = await open(join(folder, 'model.safetensors'), 'w');
  await weights.write(header);
  await weights.truncate(header.length + end);
  await weights.close();
}
