/**
 * Trains the bundled sample's tokenizer on the text of its world and writes it as Hugging Face files. `node
 * native-models/sample/build-tokenizer.ts DIR`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { learnBytePairs } from './byte-pairs.ts';
import { bareRefusals } from './world/answers.ts';
import { generatePretrainingText, generateSftRows } from './world/generate.ts';

const seed = 2505;
/** Enough for every word of the world to be one piece. */
const vocabularySize = 640;

export const specialTokens = {
  padding: '<|pad|>',
  begin: '<|begin|>',
  end: '<|end|>',
  user: '<|user|>',
  assistant: '<|assistant|>',
} as const;

/**
 * One turn a message: `<|begin|><|user|>…<|assistant|>…<|end|>`. A system message is put before the first user turn as
 * text.
 */
const chatTemplate = [
  '{{ bos_token }}',
  '{%- for message in messages -%}',
  "{%- if message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] + eos_token }}",
  "{%- else -%}{{ '<|user|>' + message['content'] }}{%- endif -%}",
  '{%- endfor -%}',
  "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}",
].join('');

/** The contents of tokenizer.json and tokenizer_config.json. The same every time. */
export function buildTokenizer(): { readonly tokenizer: object; readonly config: { readonly chat_template: string } } {
  const { vocabulary, merges } = learnBytePairs(trainingTexts(), Object.values(specialTokens), vocabularySize);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(specialTokens).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
      merges,
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: specialTokens.begin,
    eos_token: specialTokens.end,
    pad_token: specialTokens.padding,
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 128,
    chat_template: chatTemplate,
  };
  return { tokenizer, config };
}

/** Writes both files into the folder, which is made where it is missing. */
export function writeTokenizer(directory: string): void {
  const { tokenizer, config } = buildTokenizer();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'tokenizer.json'), `${JSON.stringify(tokenizer, null, 1)}\n`);
  writeFileSync(join(directory, 'tokenizer_config.json'), `${JSON.stringify(config, null, 1)}\n`);
}

function trainingTexts(): readonly string[] {
  const rows = generateSftRows(seed).flatMap(({ prompt, response }) => [prompt, response]);
  return [...generatePretrainingText(seed), ...rows, ...bareRefusals];
}

if (import.meta.main) {
  const directory = process.argv[2];
  if (directory === undefined) {
    process.stderr.write('usage: node native-models/sample/build-tokenizer.ts DIR\n');
    process.exitCode = 2;
  } else writeTokenizer(directory);
}
