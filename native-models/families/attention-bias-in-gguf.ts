/** Why a GGUF file is refused of a model with biases of attention that llama.cpp has no room for in such models. */
export function attentionBiasInGguf(models: string): string {
  return `llama.cpp's ${models} has no biases of attention (attention_bias in config.json)`;
}
