import { attentionBiasInGguf } from './attention-bias-in-gguf.ts';
import type { PlainDecoder } from './plain-decoder.ts';

/** What llama.cpp fixes for a Gemma, whatever a file says (src/models/gemma2.cpp and gemma3.cpp). */
interface Fixed {
  readonly models: string;
  /** One layer in so many has no window, the last of them. */
  readonly fullEvery: number;
  /** With so many layers scores are scaled by the hidden size over the heads, with others by the size of a head. */
  readonly layersOfLargest: number;
  readonly capped: boolean;
}

type Described = Pick<
  PlainDecoder,
  'hiddenSize' | 'layers' | 'heads' | 'headDim' | 'attentionScale' | 'scoreCap' | 'logitCap' | 'biases'
>;

/** Why a GGUF file of the model would compute otherwise, in words; `null` where it would not. */
export function gemmaRefusedInGguf(model: Described, fixed: Fixed): string | null {
  const theirs = `llama.cpp's ${fixed.models}`;
  const count = model.layers.length;
  const scaled = count === fixed.layersOfLargest ? Math.floor(model.hiddenSize / model.heads) : model.headDim;
  const capped = model.scoreCap !== null && model.logitCap !== null;
  const uncapped = model.scoreCap === null && model.logitCap === null;
  if (model.layers.some(({ window }, layer) => (window === null) !== ((layer + 1) % fixed.fullEvery === 0)))
    return `${theirs} looks at everything in one layer of ${fixed.fullEvery}, and this model in others`;
  if (model.attentionScale !== scaled ** -0.5)
    return `${theirs} divides scores by the root of ${scaled}, and this model by another (query_pre_attn_scalar)`;
  if (fixed.capped ? !capped : !uncapped)
    return (
      `${theirs} ${fixed.capped ? 'always' : 'never'} caps scores and logits ` +
      '(attn_logit_softcapping and final_logit_softcapping in config.json)'
    );
  if (model.biases.attentionOutput) return attentionBiasInGguf(fixed.models);
  return null;
}
