import { linearLayers } from '../../decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';

/** llama.cpp's names of linear layers within a block (gguf-py, tensor_mapping.py). */
const linearNames: { readonly [huggingFace: string]: string } = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.qkv_proj': 'attn_qkv',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.gate_up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** llama.cpp's name of each tensor of `decoderTensorShapes(config)`, by its name there. */
export function ggufNames(config: DecoderConfig): ReadonlyMap<string, string> {
  const { norms } = config;
  const parts: readonly (readonly [huggingFace: string | null, gguf: string])[] = [
    ...linearLayers(config).map(({ name }) => [name, linearNames[name] ?? name] as const),
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
    ['model.norm.weight', 'output_norm.weight'],
    ['lm_head.weight', 'output.weight'],
  ]);
}

/** The inverse of {@link ggufNames}. */
export function huggingFaceNames(config: DecoderConfig): ReadonlyMap<string, string> {
  return new Map([...ggufNames(config)].map(([huggingFace, gguf]) => [gguf, huggingFace]));
}
