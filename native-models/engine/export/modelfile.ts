import type { DecoderConfig } from '../../families/decoder-config.ts';
import { ollamaTemplate } from '../../text/ollama-template.ts';
import { addsBos, type PromptFormat } from '../../text/prompt-format.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/**
 * Ollama's description of a model: its file, the run's prompt format where Go can express it, what ends an answer, and
 * how far it sees.
 */
export function modelfile(
  file: string,
  format: PromptFormat,
  tokenizer: Tokenizer,
  eosIds: readonly number[],
  { gguf: { contextLimit } }: Pick<DecoderConfig, 'gguf'>,
): string {
  // Ollama puts BOS there only where the file says so: SmolLM2's templates begin with its BOS, and its tokenizer adds
  // none.
  const template = ollamaTemplate(format.template, addsBos(tokenizer, format) ? tokenizer.special.bos : null);
  const stops = [...new Set(eosIds.map((id) => tokenizer.decode([id])).filter((text) => text.trim() !== ''))];
  const lines = [
    `FROM ./${file}`,
    ...(template === null || template.includes('"""') ? [] : [`TEMPLATE """${template}"""`]),
    ...stops.map((text) => `PARAMETER stop ${JSON.stringify(text)}`),
    ...(contextLimit === null ? [] : [`PARAMETER num_ctx ${contextLimit}`]),
  ];
  return `${lines.join('\n')}\n`;
}
