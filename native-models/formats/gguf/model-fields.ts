import type { DecoderConfig } from '../../families/decoder-config.ts';
import { sharedRotary } from '../../families/layer-plans.ts';
import type { RotarySettings } from '../../layers/rope.ts';
import { badInput } from '../../failure.ts';
import { ropeFields, ropeRefusal } from './rope-fields.ts';
import type { PublishedName } from '../published-name.ts';
import { type GgufDtype, type GgufMetadata, type GgufValue } from './value.ts';

/** `general.file_type`: the element type of most weights (llama.cpp, `llama_ftype`). */
const fileType: { readonly [dtype in GgufDtype]: number } = { float32: 0, float16: 1, bfloat16: 32 };

/** Keys and fields of config.json that say the same, apart from the architecture's prefix. */
const numberFields = [
  { key: 'vocab_size', type: 'uint32', field: 'vocab_size', of: (config: DecoderConfig) => config.vocabularySize },
  {
    key: 'context_length',
    type: 'uint32',
    field: 'max_position_embeddings',
    of: (config: DecoderConfig) => config.statedMaxPositions,
  },
  { key: 'embedding_length', type: 'uint32', field: 'hidden_size', of: (config: DecoderConfig) => config.hiddenSize },
  {
    key: 'block_count',
    type: 'uint32',
    field: 'num_hidden_layers',
    of: (config: DecoderConfig) => config.layers.length,
  },
  {
    key: 'feed_forward_length',
    type: 'uint32',
    field: 'intermediate_size',
    of: (config: DecoderConfig) => config.intermediateSize,
  },
  {
    key: 'attention.head_count',
    type: 'uint32',
    field: 'num_attention_heads',
    of: (config: DecoderConfig) => config.heads,
  },
  {
    key: 'attention.head_count_kv',
    type: 'uint32',
    field: 'num_key_value_heads',
    of: (config: DecoderConfig) => config.keyValueHeads,
  },
  { key: 'attention.key_length', type: 'uint32', field: 'head_dim', of: (config: DecoderConfig) => config.headDim },
  {
    key: 'rope.freq_base',
    type: 'float32',
    field: 'rope_theta',
    of: (config: DecoderConfig) => ggufRotary(config).theta,
  },
] as const;

/** The epsilon of RMSNorms, which all families call alike; of LayerNorms it is under another key and other names. */
const rmsEpsilon = {
  key: 'attention.layer_norm_rms_epsilon',
  type: 'float32',
  field: 'rms_norm_eps',
  of: ({ norms }: DecoderConfig) => norms.epsilon,
} as const;

function fieldsOf({ norms }: DecoderConfig): readonly ((typeof numberFields)[number] | typeof rmsEpsilon)[] {
  return norms.kind === 'rms' ? [...numberFields, rmsEpsilon] : numberFields;
}

/** Throws `gguf-model-not-supported` for a model that llama.cpp cannot load or would always compute differently. */
export function requireGgufModel(config: DecoderConfig): void {
  const { refused: always, headIsEmbedding = false } = config.gguf;
  const ownHead = headIsEmbedding && !config.tiedHead ? 'llama.cpp takes the embedding for its output head' : null;
  const refused = always ?? ownHead ?? ropeRefusal(ggufRotary(config));
  if (refused !== null) throw notSupported(config, refused);
}

/**
 * The rotation that a GGUF file states: of all layers, or of those without a window where llama.cpp knows what the
 * others do. Throws `gguf-model-not-supported`.
 */
export function ggufRotary({ family, layers, gguf }: DecoderConfig): RotarySettings {
  const known = JSON.stringify(gguf.windowedRotary);
  const stated = layers.filter(({ window, rotary }) => window === null || JSON.stringify(rotary) !== known);
  const rotary = sharedRotary({ layers: stated });
  if (rotary === null) throw notSupported({ family }, 'its layers do not all rotate positions alike');
  return rotary;
}

function notSupported({ family }: Pick<DecoderConfig, 'family'>, reason: string): Error {
  return badInput(
    'gguf-model-not-supported',
    `The model cannot be written as GGUF: ${reason}. Export it as safetensors or ONNX instead.`,
    { family },
  );
}

/** What differs under llama.cpp from what was trained, in a sentence; `null` where nothing does. */
export function ggufLimit({ gguf: { contextLimit } }: Pick<DecoderConfig, 'gguf'>): string | null {
  return contextLimit === null
    ? null
    : `llama.cpp knows no sliding window for this model: beyond ${contextLimit} tokens a GGUF file computes ` +
        `otherwise than the trained model. Keep its context within ${contextLimit} tokens (llama.cpp: -c ` +
        `${contextLimit}; Ollama: num_ctx).`;
}

/** What llama.cpp needs to know of a model's shape, under its keys (gguf-py, constants.py). */
export function modelFields(
  config: DecoderConfig,
  { name, base, baseId }: PublishedName,
  dtype: GgufDtype,
): GgufMetadata {
  const { architecture } = config.gguf;
  const rotary = ggufRotary(config);
  const shape = fieldsOf(config).map(
    ({ key, type, of }) => [`${architecture}.${key}`, { type, value: of(config) }] as const,
  );
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: architecture }],
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: name }],
    ['general.finetune', { type: 'string', value: 'safedpo' }],
    ...(baseId === null ? [] : baseModelFields(base, baseId)),
    ['general.file_type', { type: 'uint32', value: fileType[dtype] }],
    ['general.quantization_version', { type: 'uint32', value: 2 }],
    ...shape,
    [`${architecture}.attention.value_length`, { type: 'uint32', value: config.headDim }],
    [`${architecture}.rope.dimension_count`, { type: 'uint32', value: rotary.rotatedDims }],
    ...(config.norms.kind === 'layer'
      ? [[`${architecture}.attention.layer_norm_epsilon`, { type: 'float32', value: config.norms.epsilon }] as const]
      : []),
    ...ropeFields(rotary).map(([key, value]) => [`${architecture}.${key}`, value] as const),
    ...config.gguf.fields.map(({ key, type, value }) => [`${architecture}.${key}`, { type, value }] as const),
  ]);
}

function baseModelFields(base: string, baseId: string): readonly (readonly [string, GgufValue])[] {
  return [
    ['general.base_model.count', { type: 'uint32', value: 1 }],
    ['general.base_model.0.name', { type: 'string', value: base }],
    ['general.base_model.0.organization', { type: 'string', value: baseId.slice(0, baseId.indexOf('/')) }],
    ['general.base_model.0.repo_url', { type: 'string', value: `https://huggingface.co/${baseId}` }],
  ];
}

/** The same facts of a model read back, under the names of config.json. Throws `gguf-invalid` where one is missing. */
export function configFields(
  metadata: GgufMetadata,
  config: DecoderConfig,
  file: string,
): { readonly [field: string]: number } {
  const architecture = metadata.get('general.architecture')?.value;
  return Object.fromEntries(
    fieldsOf(config).map(({ key, type, field }) => {
      const found = metadata.get(`${String(architecture)}.${key}`);
      if (found?.type !== type)
        throw badInput(
          'gguf-invalid',
          `${file} is not a GGUF file that can be read here: it has no ${String(architecture)}.${key} of ` +
            `type ${type}. Export it again.`,
          { file, key },
        );
      return [field, found.value];
    }),
  );
}
