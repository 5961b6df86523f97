import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import { numbersImpossible } from './numbers-impossible.ts';
import type { Activation, DecoderConfig } from './decoder-config.ts';
import { type RotaryDefaults, parseRotary, positionsAlike } from './rotary.ts';

/** What a family takes for fields that its config.json leaves out: the defaults of its Hugging Face config class. */
export interface FieldDefaults {
  /** `null`: as many as there are heads. */
  readonly keyValueHeads: number | null;
  /** `null`: the hidden size over the heads. */
  readonly headDim: number | null;
  /** Silu, named by `hidden_act`, where it is left out. */
  readonly activation?: StatedActivation;
  /** Of norms; 1e-6 where it is left out. */
  readonly epsilon?: number;
  readonly rotary?: RotaryDefaults;
}

/** The activation that a family's code computes, and how its config.json says so. */
export interface StatedActivation {
  readonly is: Activation;
  readonly field: 'hidden_act' | 'hidden_activation';
  /** Names that mean it, the first where the field is left out. */
  readonly names: readonly [string, ...string[]];
}

const siluByDefault: StatedActivation = { is: 'silu', field: 'hidden_act', names: ['silu'] };

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
  rms_norm_eps: z.number('expected a number').min(0, 'expected 0 or more').max(0.1, 'expected at most 0.1').optional(),
  hidden_act: z.string('expected the name of an activation').nullish(),
  hidden_activation: z.string('expected the name of an activation').nullish(),
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
export type RawConfig = z.infer<typeof schema>;

/** A description that its family completes. */
export type PlainDecoder = Omit<DecoderConfig, 'family' | 'gguf' | 'genaiType'>;

/**
 * What most families share: the fields of a Llama's config.json, and a block of Llama's shape without biases, every
 * layer attending to all keys. A family changes what it does differently. Throws `config-field-invalid`,
 * `config-numbers-impossible`, `activation-not-supported` or `rope-not-supported`.
 */
export function plainDecoder(
  json: unknown,
  file: string,
  defaults: FieldDefaults,
): { readonly raw: RawConfig; readonly decoder: PlainDecoder } {
  const raw = parseFields(schema, json, file, 'config-field-invalid');
  const activation = defaults.activation ?? siluByDefault;
  const { field, names } = activation;
  const named = raw[field] ?? names[0];
  if (!names.includes(named)) {
    throw badInput(
      'activation-not-supported',
      `${file}: ${field} is "${named}"; models of this family are supported with "${names[0]}" only. Choose ` +
        'another model.',
      { file, field, value: named },
    );
  }
  const ends = parseEnds(raw, file);
  const heads = parseHeads(raw, defaults, file);
  const rotary = parseRotary(json, heads.headDim, file, defaults.rotary);
  return {
    raw,
    decoder: {
      partOf: null,
      hiddenSize: raw.hidden_size,
      layers: Array.from({ length: raw.num_hidden_layers }, () => ({ window: null, rotary })),
      ...heads,
      intermediateSize: raw.intermediate_size,
      vocabularySize: raw.vocab_size,
      norms: {
        beforeAttention: 'input_layernorm',
        afterAttention: null,
        beforeFeedForward: 'post_attention_layernorm',
        afterFeedForward: null,
        queryKey: null,
        offset: 0,
        kind: 'rms',
        bias: false,
        epsilon: raw.rms_norm_eps ?? defaults.epsilon ?? 1e-6,
      },
      names: {
        attentionOutput: 'self_attn.o_proj',
        gate: 'mlp.gate_proj',
        up: 'mlp.up_proj',
        gateUp: 'mlp.gate_up_proj',
        down: 'mlp.down_proj',
        finalNorm: 'model.norm',
      },
      parallel: false,
      activation: activation.is,
      embeddingScale: 1,
      residualScale: 1,
      attentionScale: heads.headDim ** -0.5,
      scoreCap: null,
      logitScale: 1,
      logitCap: null,
      biases: { queryKeyValue: false, attentionOutput: false, feedForward: false },
      projections: { queryKeyValue: 'split', gateUp: 'split' },
      headBias: false,
      tiedHead: raw.tie_word_embeddings ?? false,
      maxPositions: positionsAlike(rotary, raw.max_position_embeddings),
      statedMaxPositions: raw.max_position_embeddings,
      ...ends,
      torchDtype: raw.dtype ?? raw.torch_dtype ?? 'float32',
    },
  };
}

function parseEnds(raw: RawConfig, file: string): Pick<DecoderConfig, 'bosId' | 'eosIds'> {
  const bosId = raw.bos_token_id ?? null;
  const eosIds = raw.eos_token_id === null || raw.eos_token_id === undefined ? [] : [raw.eos_token_id].flat();
  const vocabularySize = raw.vocab_size;
  for (const id of bosId === null ? eosIds : [bosId, ...eosIds]) {
    if (id >= vocabularySize)
      throw numbersImpossible(file, `token id ${id} is outside the vocabulary of ${vocabularySize} (vocab_size)`, {
        id,
        vocabularySize,
      });
  }
  return { bosId, eosIds };
}

function parseHeads(
  raw: RawConfig,
  defaults: FieldDefaults,
  file: string,
): Pick<DecoderConfig, 'heads' | 'keyValueHeads' | 'headDim'> {
  const heads = raw.num_attention_heads;
  const keyValueHeads =
    raw.num_key_value_heads ?? (raw.num_key_value_heads === null ? heads : (defaults.keyValueHeads ?? heads));
  const stated = raw.head_dim ?? defaults.headDim;
  if (heads % keyValueHeads !== 0)
    throw numbersImpossible(
      file,
      `num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyValueHeads}`,
      {
        heads,
        keyValueHeads,
      },
    );
  if (stated === null && raw.hidden_size % heads !== 0)
    throw numbersImpossible(
      file,
      `hidden_size ${raw.hidden_size} is not a multiple of num_attention_heads ${heads} and there is no head_dim`,
      { hiddenSize: raw.hidden_size, heads },
    );
  const headDim = stated ?? raw.hidden_size / heads;
  if (headDim % 2 !== 0)
    throw numbersImpossible(file, `head_dim ${headDim} is odd, but rotary positions turn pairs of numbers`, {
      headDim,
    });
  return { heads, keyValueHeads, headDim };
}
