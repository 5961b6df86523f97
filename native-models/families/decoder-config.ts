import type { RotarySettings } from '../layers/rope.ts';

/** The number formats that model weights are stored in. */
export type WeightDtype = 'float32' | 'float16' | 'bfloat16';

/** What one layer does differently from others. */
export interface LayerPlan {
  /** A query at position q sees keys k with q - window < k <= q; `null`: all keys up to q. */
  readonly window: number | null;
  /** `null`: positions are not rotated in this layer. */
  readonly rotary: RotarySettings | null;
}

/** Norms of a block, by Hugging Face's names within `model.layers.N.`; `null` where a model has none. */
export interface NormPlan {
  readonly beforeAttention: string | null;
  /** Over what attention adds to the residual stream. */
  readonly afterAttention: string | null;
  readonly beforeFeedForward: string | null;
  /** Over what the feed-forward adds to the residual stream. */
  readonly afterFeedForward: string | null;
  /** `q_norm` and `k_norm`, before the rotation: over each head of q and k, or over all of them at once. */
  readonly queryKey: 'each head' | 'full width' | null;
  /** Added to each stored weight: 1 where weights are stored as their distance from one. */
  readonly offset: 0 | 1;
  /** `layer` takes the mean from a row before it is normed (LayerNorm). */
  readonly kind: 'rms' | 'layer';
  /** Whether a bias is added to what was normed. */
  readonly bias: boolean;
  readonly epsilon: number;
}

/** What families call differently: linear layers within `model.layers.N.`, and the final norm. */
export interface PartNames {
  readonly attentionOutput: string;
  /** `null`: the feed-forward is not gated. */
  readonly gate: string | null;
  readonly up: string;
  /** In place of gate and up where they are one matrix. */
  readonly gateUp: string;
  readonly down: string;
  readonly finalNorm: string;
}

/** `gelu-tanh` is the tanh approximation of GELU. */
export type Activation = 'silu' | 'gelu-tanh';

/** A number in the metadata of a GGUF file. */
export interface GgufField {
  readonly key: string;
  readonly type: 'uint32' | 'float32';
  readonly value: number;
}

/** How llama.cpp knows a model. Norms are stored there as they multiply, with their offset added. */
export interface GgufPlan {
  readonly architecture: string;
  /** Rows of q_proj and k_proj lie in pairs that are rotated together, where Hugging Face keeps halves. */
  readonly pairsRotatedRows: boolean;
  /** What the file says of the model besides its shape, under llama.cpp's keys without the architecture. */
  readonly fields: readonly GgufField[];
  /** The rotation that llama.cpp gives layers with a window, where a file states that of the others alone. */
  readonly windowedRotary?: RotarySettings;
  /** llama.cpp takes the embedding for the output head, and a file with another head cannot be loaded. */
  readonly headIsEmbedding?: boolean;
  /** Why a GGUF file would compute otherwise at every length, in words; `null` where it would not. */
  readonly refused: string | null;
  /** llama.cpp computes as trained only up to so many tokens; `null`: at every length. */
  readonly contextLimit: number | null;
}

/**
 * A decoder-only language model with rotary positions, as its family (families/NAME.ts) describes what `config.json`
 * says. The decoder, tensor names and shapes, adapters, exports and the memory plan read this and nothing else.
 */
export interface DecoderConfig {
  /** The family's name, for messages; what a family means is said by the other fields. */
  readonly family: string;
  /** The architecture of a model that sees more than text, whose text part this is; `null`: the model is all text. */
  readonly partOf: string | null;
  readonly hiddenSize: number;
  /** First to last. */
  readonly layers: readonly LayerPlan[];
  readonly heads: number;
  /** Divides `heads`; each key/value head serves `heads / keyValueHeads` query heads. */
  readonly keyValueHeads: number;
  /** Even. `heads * headDim` need not equal `hiddenSize`. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly norms: NormPlan;
  readonly names: PartNames;
  /**
   * The feed-forward reads the stream as it comes into the block, as attention does, by a norm of its own or by
   * attention's where it has none.
   */
  readonly parallel: boolean;
  /** Of the feed-forward's gate, or of its only inner product where it has none. */
  readonly activation: Activation;
  /** Embeddings are multiplied by it. */
  readonly embeddingScale: number;
  /** What attention and the feed-forward add to the residual stream is multiplied by it. */
  readonly residualScale: number;
  /** Products of queries and keys are multiplied by it. */
  readonly attentionScale: number;
  /** Attention scores s become `cap · tanh(s / cap)`. */
  readonly scoreCap: number | null;
  /** Logits are multiplied by it, before the cap. */
  readonly logitScale: number;
  /** The same as `scoreCap`, for logits. */
  readonly logitCap: number | null;
  readonly biases: {
    /** On q_proj, k_proj and v_proj. */
    readonly queryKeyValue: boolean;
    /** On o_proj. */
    readonly attentionOutput: boolean;
    /** On gate_proj, up_proj and down_proj. */
    readonly feedForward: boolean;
  };
  /**
   * Whether q, k and v are one matrix `qkv_proj`, its rows in this order, and gate and up one matrix `names.gateUp`.
   */
  readonly projections: {
    readonly queryKeyValue: 'split' | 'fused';
    readonly gateUp: 'split' | 'fused';
  };
  /** The output head has a bias, `lm_head.bias`. */
  readonly headBias: boolean;
  /** The output head is the embedding matrix. */
  readonly tiedHead: boolean;
  /** Positions that are trained and computed alike, whatever the length of a text. */
  readonly maxPositions: number;
  /** `max_position_embeddings` as config.json states it; more than `maxPositions` for LongRoPE. */
  readonly statedMaxPositions: number;
  readonly bosId: number | null;
  /** Any of these ends a text; empty when config.json names none. */
  readonly eosIds: readonly number[];
  /** The dtype config.json states; `float32` when it states none. The tensors' own dtypes decide what is read. */
  readonly torchDtype: WeightDtype;
  readonly gguf: GgufPlan;
  /** onnxruntime-genai's name of such models. */
  readonly genaiType: string;
}
