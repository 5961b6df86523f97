import type { DecoderConfig } from '../../families/decoder-config.ts';
import { decodeFloats, encodeFloats } from '../../numbers/float-encoding.ts';
import { type TensorToWrite, wholeTensor } from '../safetensors/write.ts';

/** What is added to each number of a tensor in a GGUF file: norms are stored there as they multiply. */
export function normOffset(name: string, { norms }: Pick<DecoderConfig, 'norms'>): DecoderConfig['norms']['offset'] {
  return name.endsWith('norm.weight') ? norms.offset : 0;
}

/** The data of a float32 tensor with `added` to each of its numbers. */
export async function* shiftedData(tensor: TensorToWrite, added: number): AsyncGenerator<Uint8Array> {
  const numbers = decodeFloats(await wholeTensor(tensor), 'float32');
  yield encodeFloats(
    numbers.map((number) => number + added),
    'float32',
  );
}
