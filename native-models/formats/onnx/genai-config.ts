import type { DecoderConfig } from '../../families/decoder-config.ts';

/**
 * `genai_config.json`: what onnxruntime-genai has to be told of a decoder with Optimum's names. `file` is its path in
 * the folder.
 */
export function genaiConfig(
  config: DecoderConfig,
  eosIds: readonly number[],
  bosId: number | null,
  padId: number | null,
  file: string,
): object {
  return {
    model: {
      type: config.genaiType,
      vocab_size: config.vocabularySize,
      context_length: config.maxPositions,
      ...(bosId === null ? {} : { bos_token_id: bosId }),
      eos_token_id: eosIds,
      pad_token_id: padId ?? eosIds[0] ?? 0,
      decoder: {
        session_options: { log_id: 'onnxruntime-genai', provider_options: [] },
        filename: file,
        head_size: config.headDim,
        hidden_size: config.hiddenSize,
        num_attention_heads: config.heads,
        num_hidden_layers: config.layers.length,
        num_key_value_heads: config.keyValueHeads,
        inputs: {
          input_ids: 'input_ids',
          attention_mask: 'attention_mask',
          position_ids: 'position_ids',
          past_key_names: 'past_key_values.%d.key',
          past_value_names: 'past_key_values.%d.value',
        },
        outputs: { logits: 'logits', present_key_names: 'present.%d.key', present_value_names: 'present.%d.value' },
      },
    },
    search: {
      do_sample: false,
      max_length: Math.min(config.maxPositions, 4096),
      min_length: 0,
      num_beams: 1,
      num_return_sequences: 1,
      past_present_share_buffer: false,
      repetition_penalty: 1,
      temperature: 1,
      top_k: 1,
      top_p: 1,
    },
  };
}
