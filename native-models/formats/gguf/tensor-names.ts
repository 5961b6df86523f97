import { linearLayers } from '../../decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';

/** llama.cpp's names of linear layers within a block (gguf-py, tensor_mapping.py) that all families call alike. */
const linearNames: { readonly [huggingFace: string]: string } = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.qkv_proj': 'attn_qkv',
  'mlp.gate_up_proj': 'ffn_up',
};

/** llama.cpp's name of each tensor of `decoderTensorShapes(config)`, by its name there. */
export function ggufNames(config: DecoderConfig): ReadonlyMap<string, string> {
  const { norms, names } = config;
  const own: { readonly [huggingFace: string]: string } = {
    [names.attentionOutput]: 'attn_output',
    ...(names.gate === null ? {} : { [names.gate]: 'ffn_gate' }),
    [names.up]: 'ffn_up',
    [names.down]: 'ffn_down',
  };
  const parts: readonly (readonly [huggingFace: string | null, gguf: string])[] = [
    ...linearLayers(config).map(({ name }) => [name, linearNames[name] ?? own[name] ?? name] as const),
    [norms.beforeAttention, 'attn_norm'],
    [norms.afterAttention, 'post_attention_norm'],
    [norms.beforeFeedForward, 'ffn_norm'],
    [norms.afterFeedForward, 'post_ffw_norm'],
    [norms.queryKey === null ? null : 'self_attn.q_norm', 'attn_q_norm'],
    [norms.queryKey === null ? null : 'self_attn.k_norm', 'attn_k_norm'],
  ];
  const inLayers = config.layers.flatMap((_, layer) =>
    parts.flatMap(([huggingFace, gguf]) =>
      huggingFace === null
        ? []
        : ['weight', 'bias'].map(
            (kind) => [`model.layers.${layer}.${huggingFace}.${kind}`, `blk.${layer}.${gguf}.${kind}`] as const,
          ),
    ),
  );
  return new Map([
    ['model.embed_tokens.weight', 'token_embd.weight'],
    ...inLayers,
    [`${names.finalNorm}.weight`, 'output_norm.weight'],
    [`${names.finalNorm}.bias`, 'output_norm.bias'],
    ['lm_head.weight', 'output.weight'],
    ['lm_head.bias', 'output.bias'],
  ]);
}

/** The inverse of {@link ggufNames}. */
export function huggingFaceNames(config: DecoderConfig): ReadonlyMap<string, string> {
  return new Map([...ggufNames(config)].map(([huggingFace, gguf]) => [gguf, huggingFace]));
}
