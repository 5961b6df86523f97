import { peftNames } from '../../parameters/lora.ts';
import { badInput, failed } from '../../failure.ts';
import { decodeFloats, encodeFloats } from '../../numbers/float-encoding.ts';
import type { TensorEntry } from '../../formats/safetensors/header.ts';
import { readTensor, streamTensor, streamTensorAs } from '../../formats/safetensors/read.ts';
import type { TensorToWrite } from '../../formats/safetensors/write.ts';
import type { TrainedOverlay } from '../model/overlay.ts';
import type { ExportDtype } from '../../vocabulary/lists.ts';

/** A trained tensor by name, a view of the flat vector. */
export function trainedTensor({ trained, parameters }: TrainedOverlay, name: string): Float32Array | null {
  const tensor = trained.layout.tensors.find((candidate) => candidate.name === name);
  return tensor === undefined ? null : parameters.subarray(tensor.offset, tensor.offset + tensor.size);
}

/** `W + scale · B · A` in place: `weight [out, in]` of the linear layer `module`. Products in float64. */
export function addAdapter(
  weight: Float32Array,
  overlay: TrainedOverlay,
  module: TrainedOverlay['trained']['modules'][number],
): void {
  const names = peftNames(module.name);
  const [a, b] = [trainedTensor(overlay, names.a), trainedTensor(overlay, names.b)];
  if (a === null || b === null)
    throw failed('weight-unknown', `The adapter of ${module.name} is not among the trained tensors.`, {
      tensor: module.name,
    });
  const { inFeatures, outFeatures } = module;
  const rank = a.length / inFeatures;
  const row = new Float64Array(inFeatures);
  for (let out = 0; out < outFeatures; out++) {
    row.fill(0);
    for (let inner = 0; inner < rank; inner++) {
      const factor = overlay.trained.adapterScale * (b[out * rank + inner] ?? 0);
      const start = inner * inFeatures;
      for (let column = 0; column < inFeatures; column++)
        row[column] = (row[column] ?? 0) + factor * (a[start + column] ?? 0);
    }
    for (let column = 0; column < inFeatures; column++)
      weight[out * inFeatures + column] = (weight[out * inFeatures + column] ?? 0) + (row[column] ?? 0);
  }
}

/**
 * A tensor of the model folder as training left it, in its own element type or another; one that stays as it is is
 * streamed. Its data throws `dtype-overflow` where a number is too large for the type.
 */
export function mergedTensor(entry: TensorEntry, overlay: TrainedOverlay | null, dtype = entry.dtype): TensorToWrite {
  const { name, shape } = entry;
  const module = overlay?.trained.modules.find((candidate) => `${candidate.name}.weight` === name);
  const trained = overlay === null ? null : trainedTensor(overlay, name);
  if (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'bfloat16')
    return { name, dtype, shape, data: () => streamTensor(entry) };
  if (overlay === null || (module === undefined && trained === null))
    return {
      name,
      dtype,
      shape,
      data: () => (entry.dtype === dtype ? streamTensor(entry) : convertedTensor(entry, dtype)),
    };
  return {
    name,
    dtype,
    shape,
    async *data() {
      const weight = trained ?? (await readTensor(entry));
      if (module !== undefined) addAdapter(weight, overlay, module);
      yield encodeFinite(name, weight, dtype);
    },
  };
}

async function* convertedTensor(entry: TensorEntry, dtype: ExportDtype): AsyncGenerator<Uint8Array> {
  for await (const piece of streamTensorAs(entry, 'float32'))
    yield encodeFinite(entry.name, decodeFloats(piece, 'float32'), dtype);
}

/** Rounds to a type. Throws `dtype-overflow` for a number that would become infinite. */
function encodeFinite(tensor: string, values: Float32Array, dtype: ExportDtype): Uint8Array {
  const largest = dtype === 'float16' ? largestFloat16 : Number.POSITIVE_INFINITY;
  const beyond = values.find((value) => Math.abs(value) >= largest);
  if (beyond !== undefined)
    throw badInput(
      'dtype-overflow',
      `The tensor "${tensor}" holds ${beyond}, and float16 goes to 65504 only. Export in bfloat16 or float32.`,
      { tensor, value: beyond, dtype },
    );
  return encodeFloats(values, dtype);
}

/** From here on a number is rounded to infinity. */
const largestFloat16 = 65_520;
