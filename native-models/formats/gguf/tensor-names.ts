/** Names within a block, Hugging Face's and llama.cpp's (gguf-py, tensor_mapping.py). */
const blockNames: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ['input_layernorm', 'attn_norm'],
  ['self_attn.q_proj', 'attn_q'],
  ['self_attn.k_proj', 'attn_k'],
  ['self_attn.v_proj', 'attn_v'],
  ['self_attn.o_proj', 'attn_output'],
  ['self_attn.q_norm', 'attn_q_norm'],
  ['self_attn.k_norm', 'attn_k_norm'],
  ['post_attention_layernorm', 'ffn_norm'],
  ['mlp.gate_proj', 'ffn_gate'],
  ['mlp.up_proj', 'ffn_up'],
  ['mlp.down_proj', 'ffn_down'],
];

const outerNames: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ['model.embed_tokens.weight', 'token_embd.weight'],
  ['model.norm.weight', 'output_norm.weight'],
  ['lm_head.weight', 'output.weight'],
];

const huggingFaceBlock = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/;
const ggufBlock = /^blk\.(\d+)\.(.+)\.(weight|bias)$/;

/** llama.cpp's name of one of the tensors of `decoderTensorShapes`; `null` for another. */
export function ggufName(name: string): string | null {
  const outer = outerNames.find(([huggingFace]) => huggingFace === name);
  if (outer !== undefined) return outer[1];
  const [, layer, part, kind] = huggingFaceBlock.exec(name) ?? [];
  const known = blockNames.find(([huggingFace]) => huggingFace === part);
  return known === undefined ? null : `blk.${layer}.${known[1]}.${kind}`;
}

/** The inverse of {@link ggufName}. */
export function huggingFaceName(name: string): string | null {
  const outer = outerNames.find(([, gguf]) => gguf === name);
  if (outer !== undefined) return outer[0];
  const [, layer, part, kind] = ggufBlock.exec(name) ?? [];
  const known = blockNames.find(([, gguf]) => gguf === part);
  return known === undefined ? null : `model.layers.${layer}.${known[0]}.${kind}`;
}
