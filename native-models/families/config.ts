import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../formats/json-file.ts';
import type { DecoderConfig, DecoderFamily } from './decoder-config.ts';
import { parseRope } from './rope-config.ts';

/** What a family takes for fields that its config.json leaves out: the defaults of its Hugging Face config class. */
interface FamilyDefaults {
  readonly architecture: string;
  /** Models of the family, as people know them. */
  readonly models: string;
  readonly keyValueHeads: number | null;
  readonly headDim: number | null;
}

const families: { readonly [family in DecoderFamily]: FamilyDefaults } = {
  llama: {
    architecture: 'LlamaForCausalLM',
    models: 'Llama 1 to 3.3, SmolLM2, Yi, Falcon 3, TinyLlama and the Llama distills of DeepSeek-R1',
    keyValueHeads: null,
    headDim: null,
  },
  mistral: {
    architecture: 'MistralForCausalLM',
    models: 'Mistral 7B, Nemo and Ministral 8B of 2024',
    keyValueHeads: 8,
    headDim: null,
  },
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    models: 'Qwen 1.5 to 2.5 and the Qwen distills of DeepSeek-R1',
    keyValueHeads: 32,
    headDim: null,
  },
  qwen3: { architecture: 'Qwen3ForCausalLM', models: 'Qwen 3 without experts', keyValueHeads: 32, headDim: 128 },
};

const count = (most: number) => {
  const expected = `expected a whole number from 1 to ${most}`;
  return z.int(expected).min(1, expected).max(most, expected);
};
const flag = z.boolean('expected true or false').nullish();
const tokenId = z.int('expected a token id').min(0, 'expected a token id of 0 or more');
/** Some programs write the name as PyTorch prints it, "torch.bfloat16". */
const dtype = z.preprocess(
  (value) => (typeof value === 'string' ? value.replace(/^torch\./, '') : value),
  z.enum(['float32', 'float16', 'bfloat16'], 'expected float32, float16 or bfloat16').nullish(),
);

const schema = z.looseObject({
  hidden_size: count(131_072),
  num_hidden_layers: count(1024),
  num_attention_heads: count(4096),
  num_key_value_heads: count(4096).nullish(),
  head_dim: count(4096).nullish(),
  intermediate_size: count(1_048_576),
  vocab_size: count(4_194_304),
  max_position_embeddings: count(1_073_741_824),
  rms_norm_eps: z
    .number('expected a number')
    .min(0, 'expected 0 or more')
    .max(0.1, 'expected at most 0.1')
    .default(1e-6),
  hidden_act: z.string('expected the name of an activation').default('silu'),
  attention_bias: flag,
  mlp_bias: flag,
  tie_word_embeddings: flag,
  sliding_window: count(1_073_741_824).nullish(),
  use_sliding_window: flag,
  max_window_layers: z.int('expected a whole number').min(0, 'expected 0 or more').nullish(),
  layer_types: z.array(z.string()).nullish(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)], 'expected a token id or a list of them').nullish(),
  torch_dtype: dtype,
  dtype,
});
type RawConfig = z.infer<typeof schema>;

/**
 * Reads a parsed `config.json`. `file` is named in messages. Throws `architecture-not-supported`,
 * `weights-quantized`, `config-field-invalid`, `config-numbers-impossible`, `activation-not-supported`,
 * `rope-not-supported` or `attention-windows-mixed`.
 */
export function parseDecoderConfig(json: unknown, file: string): DecoderConfig {
  const family = parseFamily(json, file);
  const raw = parseFields(schema, json, file, 'config-field-invalid');
  if (raw.hidden_act !== 'silu') {
    throw badInput(
      'activation-not-supported',
      `${file}: hidden_act is "${raw.hidden_act}"; only "silu" is supported. Choose a Llama, Mistral, Qwen2 ` +
        'or Qwen3 model.',
      { file, field: 'hidden_act', value: raw.hidden_act },
    );
  }
  const qwen2 = family === 'qwen2';
  const attentionBias = (family === 'llama' || family === 'qwen3') && raw.attention_bias === true;
  const vocabularySize = raw.vocab_size;
  const bosId = raw.bos_token_id ?? null;
  const eosIds = raw.eos_token_id === null || raw.eos_token_id === undefined ? [] : [raw.eos_token_id].flat();
  for (const id of bosId === null ? eosIds : [bosId, ...eosIds]) {
    if (id >= vocabularySize)
      throw impossible(file, `token id ${id} is outside the vocabulary of ${vocabularySize} (vocab_size)`, {
        id,
        vocabularySize,
      });
  }
  return {
    family,
    hiddenSize: raw.hidden_size,
    layers: raw.num_hidden_layers,
    ...parseHeads(raw, family, file),
    intermediateSize: raw.intermediate_size,
    vocabularySize,
    rmsNormEpsilon: raw.rms_norm_eps,
    ...parseRope(json, file),
    slidingWindow: parseSlidingWindow(raw, family, file),
    attentionBias: attentionBias || qwen2,
    attentionOutputBias: attentionBias,
    mlpBias: family === 'llama' && raw.mlp_bias === true,
    queryKeyNorm: family === 'qwen3',
    tiedHead: raw.tie_word_embeddings ?? false,
    maxPositions: raw.max_position_embeddings,
    bosId,
    eosIds,
    torchDtype: raw.dtype ?? raw.torch_dtype ?? 'float32',
  };
}

function parseFamily(json: unknown, file: string): DecoderFamily {
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
  const family = Object.keys(families).find((name): name is DecoderFamily => name === type);
  const stated = architectures?.join(', ') ?? '';
  if (family === undefined || (architectures?.length && !architectures.includes(families[family].architecture))) {
    const supported = Object.values(families)
      .map((known) => known.models)
      .join('; ');
    throw badInput(
      'architecture-not-supported',
      `${file}: models of type "${type}"${stated ? ` (${stated})` : ''} are not supported. Supported are ${supported}.`,
      { file, modelType: type, architectures: stated, supported },
    );
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

function parseHeads(
  raw: RawConfig,
  family: DecoderFamily,
  file: string,
): Pick<DecoderConfig, 'heads' | 'keyValueHeads' | 'headDim'> {
  const heads = raw.num_attention_heads;
  const keyValueHeads =
    raw.num_key_value_heads ?? (raw.num_key_value_heads === null ? heads : (families[family].keyValueHeads ?? heads));
  const stated = raw.head_dim ?? families[family].headDim;
  if (heads % keyValueHeads !== 0)
    throw impossible(file, `num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyValueHeads}`, {
      heads,
      keyValueHeads,
    });
  if (stated === null && raw.hidden_size % heads !== 0)
    throw impossible(
      file,
      `hidden_size ${raw.hidden_size} is not a multiple of num_attention_heads ${heads} and there is no head_dim`,
      { hiddenSize: raw.hidden_size, heads },
    );
  const headDim = stated ?? raw.hidden_size / heads;
  if (headDim % 2 !== 0)
    throw impossible(file, `head_dim ${headDim} is odd, but rotary positions turn pairs of numbers`, { headDim });
  return { heads, keyValueHeads, headDim };
}

/** Mistral always has its window; Qwen only with `use_sliding_window`, and then from layer `max_window_layers` on. */
function parseSlidingWindow(raw: RawConfig, family: DecoderFamily, file: string): number | null {
  if (family === 'llama') return null;
  if (family !== 'mistral' && raw.use_sliding_window !== true) return null;
  const window = raw.sliding_window === undefined ? 4096 : raw.sliding_window;
  if (window === null) return null;
  const layers = raw.num_hidden_layers;
  const fullLayers = raw.layer_types
    ? raw.layer_types.filter((type) => type !== 'sliding_attention').length
    : family === 'mistral'
      ? 0
      : Math.min(raw.max_window_layers ?? 28, layers);
  if (fullLayers === 0) return window;
  if (fullLayers >= layers) return null;
  throw badInput(
    'attention-windows-mixed',
    `${file}: ${fullLayers} of ${layers} layers attend fully and the others through a window of ${window} ` +
      'tokens; one rule for all layers is supported. Choose another model.',
    { file, fullLayers, layers, window },
  );
}

function impossible(file: string, reason: string, numbers: { readonly [name: string]: number }): Error {
  return badInput(
    'config-numbers-impossible',
    `${file}: ${reason}. Correct it, or get the file again from where the model came from.`,
    { file, ...numbers },
  );
}
