import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { decoderTensorShapes } from '../../decoder/tensor-shapes.ts';
import { Failure } from '../../failure.ts';
import { writeAtomically } from '../../files/atomic-file.ts';
import { encodeFloats } from '../../numbers/float-encoding.ts';
import { ggufLimit, ggufRotary, modelFields, requireGgufModel } from '../../formats/gguf/model-fields.ts';
import { interleaveHalves, rotatedHeads } from '../../formats/gguf/rotated-rows.ts';
import { normOffset, shiftedData } from '../../formats/gguf/norm-offset.ts';
import type { GgufDtype } from '../../formats/gguf/value.ts';
import { ggufNames } from '../../formats/gguf/tensor-names.ts';
import { type GgufTensor, writeGguf } from '../../formats/gguf/write.ts';
import { lengthBytes, type TensorToWrite, wholeTensor } from '../../formats/safetensors/write.ts';
import { ropeFactors } from '../../formats/gguf/rope-fields.ts';
import { ggufTokenizer, requireGgufTokenizer } from '../../text/gguf-tokenizer.ts';
import type { ExportFormatDefinition } from './format.ts';
import type { ExportJob } from './job.ts';
import { unpackGguf } from './unpack-gguf.ts';
import { ggufTensors } from './weight-check/exported-tensors.ts';
import { exportedDtype } from './dtype.ts';
import { modelfile } from './modelfile.ts';
import { mergedTensor } from './merge.ts';
import { tellWritten } from './written-bytes.ts';

/** How file names tell the element type, which LM Studio, llama.cpp and Ollama read from them. */
const typeInName: { readonly [dtype in GgufDtype]: string } = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** One GGUF file. Matrices keep their element type or get the one asked for; vectors are float32. */
export const gguf: ExportFormatDefinition = {
  holds: 'decoder',
  choosesDtype: true,
  storedDtype: (entry, asked) => (entry.shape.length > 1 ? exportedDtype(entry, asked) : 'float32'),
  async refuses({ dir, config }) {
    try {
      requireGgufModel(config);
      await requireGgufTokenizer(dir);
      return null;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  },
  limits: (config) => [ggufLimit(config) ?? []].flat(),
  files: ({ weightBytes }) => [
    { name: 'model.gguf', bytes: weightBytes },
    { name: 'Modelfile', bytes: 20 },
  ],
  card: {
    library: 'gguf',
    use: ({ name }) =>
      `llama.cpp: \`llama-cli -m FILE.gguf\`; LM Studio: \`lms import FILE.gguf\`; Ollama: \`ollama create ` +
      `${name.toLowerCase()} -f Modelfile\`. To make it smaller: \`ollama create ${name.toLowerCase()} -q ` +
      `q4_K_M -f Modelfile\` or \`llama-quantize FILE.gguf OUT.gguf Q4_K_M\`.`,
  },
  write: writeGgufExport,
  read: ggufTensors,
  reloaded: { as: 'unpacked', unpack: unpackGguf },
};

/**
 * Writes the trained model as one GGUF file for llama.cpp, with a Modelfile for Ollama and the licence beside it.
 * Matrices keep their element type or get the one asked for, vectors become float32, as llama.cpp's own converter has
 * them.
 */
async function writeGgufExport({
  folder,
  text,
  format,
  published,
  overlay,
  out,
  dtype,
  write,
}: ExportJob): Promise<readonly string[]> {
  const { config, dir, licenceFiles } = folder;
  const entries = [...decoderTensorShapes(config).keys()].flatMap((name) => folder.tensors.get(name) ?? []);
  const names = ggufNames(config);
  // Rounded once, from what was trained to what is kept: a vector of a bfloat16 model keeps the float32 it was trained
  // in.
  const tensors = entries.map((entry) =>
    ggufTensor(
      mergedTensor(entry, overlay, gguf.storedDtype(entry, dtype)),
      names.get(entry.name) ?? entry.name,
      config,
    ),
  );
  const largest = tensors.reduce((most, tensor) => (lengthBytes(tensor) > lengthBytes(most) ? tensor : most));
  const file = `${published.name}-${typeInName[largest.dtype]}.gguf`;
  const metadata = new Map([
    ...modelFields(config, published, largest.dtype),
    ...(await ggufTokenizer(folder, text.tokenizer, format)),
  ]);
  await writeGguf(join(out, file), metadata, tellWritten([...ropeTensors(config), ...tensors], write));
  await writeAtomically(join(out, 'Modelfile'), [
    Buffer.from(modelfile(file, format, text.tokenizer, text.eosIds, config)),
  ]);
  for (const name of licenceFiles) await copyFile(join(dir, name), join(out, name));
  return [file, 'Modelfile', ...licenceFiles];
}

function ggufTensor(stored: TensorToWrite, ggufName: string, config: DecoderConfig): GgufTensor {
  const { name, dtype, shape } = stored;
  const heads = rotatedHeads(name, config);
  const merged = {
    ...stored,
    name: ggufName,
    dtype: dtype === 'float16' || dtype === 'bfloat16' ? dtype : 'float32',
  } as const;
  const added = normOffset(name, config);
  if (added !== 0) return { ...merged, data: () => shiftedData(merged, added) };
  if (heads === null) return merged;
  return {
    ...merged,
    async *data() {
      const bytes = await wholeTensor(merged);
      yield interleaveHalves(bytes, heads, bytes.length / (shape[0] ?? 1));
    },
  };
}

function ropeTensors(config: DecoderConfig): readonly GgufTensor[] {
  return ropeFactors(ggufRotary(config)).map(({ name, factors }) => ({
    name,
    dtype: 'float32',
    shape: [factors.length],
    data: () => [encodeFloats(Float32Array.from(factors), 'float32')],
  }));
}
