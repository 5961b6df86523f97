import type { RopeScaling } from '../layers/rope.ts';

export type { RopeScaling };

/** The number formats that model weights are stored in. */
export type WeightDtype = 'float32' | 'float16' | 'bfloat16';

export type DecoderFamily = 'llama' | 'mistral' | 'qwen2' | 'qwen3';

/**
 * A decoder-only language model of the Llama shape: pre-norm RMSNorm blocks, rotary positions,
 * grouped-query attention and a gated SiLU feed-forward. What `config.json` says, checked.
 */
export interface DecoderConfig {
  readonly family: DecoderFamily;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Divides `heads`; each key/value head serves `heads / keyValueHeads` query heads. */
  readonly keyValueHeads: number;
  /** Even. `heads * headDim` need not equal `hiddenSize`. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | null;
  /** A query at position q sees keys k with q - slidingWindow < k <= q, in every layer; `null`: all keys up to q. */
  readonly slidingWindow: number | null;
  /** Biases on q_proj, k_proj and v_proj. */
  readonly attentionBias: boolean;
  /** Bias on o_proj. */
  readonly attentionOutputBias: boolean;
  /** Biases on gate_proj, up_proj and down_proj. */
  readonly mlpBias: boolean;
  /** RMSNorm over each head of q and k before the rotation (Qwen3). */
  readonly queryKeyNorm: boolean;
  /** The output head is the embedding matrix. */
  readonly tiedHead: boolean;
  readonly maxPositions: number;
  readonly bosId: number | null;
  /** Any of these ends a text; empty when config.json names none. */
  readonly eosIds: readonly number[];
  /** The dtype config.json states; `float32` when it states none. The tensors' own dtypes decide what is read. */
  readonly torchDtype: WeightDtype;
}
