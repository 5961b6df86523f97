import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { encodeFloats } from '../../native-models/numbers/float-encoding.ts';
import { writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';

/** The shape of SmolLM2-135M. */
export const smol135m = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49_152,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 100_000,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
};

/** Four layers of the shape of Llama-3.2-1B. */
export const llama1bSlice = {
  ...smol135m,
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 4,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  vocab_size: 128_256,
  rope_theta: 500_000,
};

/** Writes a model folder of that shape with random bfloat16 weights (normal-like, std 0.02; norms 1). No tokenizer. */
export async function writeRandomModel(folder: string, config: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config, null, 2));
  const random = seededRandom(135);
  // One block of noise, reused at changing offsets: equal statistics without drawing every number.
  const noise = Float32Array.from(
    { length: 1 << 20 },
    () => ((random.below(2 ** 16) + random.below(2 ** 16) + random.below(2 ** 16)) / 2 ** 16 - 1.5) * 0.04,
  );
  const tensors = [...decoderTensorShapes(parseDecoderConfig(config, file))].map(([name, shape]) => ({
    name,
    shape,
    dtype: 'bfloat16' as const,
    data: () => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const start = random.below(1 << 20);
      return [
        encodeFloats(
          shape.length === 1
            ? new Float32Array(size).fill(1)
            : Float32Array.from({ length: size }, (_, index) => noise[(start + index) % noise.length] ?? 0),
          'bfloat16',
        ),
      ];
    },
  }));
  await writeSafetensors(join(folder, 'model.safetensors'), {}, tensors);
}
