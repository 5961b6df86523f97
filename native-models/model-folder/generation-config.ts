import { z } from 'zod';
import type { DecoderConfig } from '../families/decoder-config.ts';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';

/** What `generation_config.json` says about how texts begin and end, completed by `config.json`. */
export interface GenerationConfig {
  readonly bosId: number | null;
  /** Each of these ends a text; which one is appended to completions is the tokenizer's to say. May be empty. */
  readonly eosIds: readonly number[];
  readonly padId: number | null;
}

const tokenId = z.int('expected a token id').min(0, 'expected a token id of 0 or more');
const schema = z.looseObject({
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)], 'expected a token id or a list of them').nullish(),
  // Old conversions write -1 for no padding token, and it decides nothing here.
  pad_token_id: z.int('expected a token id').nullish(),
});

/** Reads a parsed `generation_config.json`, or `null` for a model without one. Throws `generation-config-invalid`. */
export function parseGenerationConfig(json: unknown, file: string, config: DecoderConfig): GenerationConfig {
  const raw = parseFields(schema, json ?? {}, file, 'generation-config-invalid');
  const stated =
    raw.eos_token_id === null || raw.eos_token_id === undefined ? config.eosIds : [raw.eos_token_id].flat();
  for (const id of stated) {
    if (id >= config.vocabularySize) {
      throw badInput(
        'generation-config-invalid',
        `${file}: eos_token_id ${id} is outside the vocabulary of ${config.vocabularySize}. Use config ` +
          'files of one release.',
        { file, id, vocabularySize: config.vocabularySize },
      );
    }
  }
  return {
    bosId: raw.bos_token_id ?? config.bosId,
    eosIds: stated,
    padId: (raw.pad_token_id ?? -1) < 0 ? null : (raw.pad_token_id ?? null),
  };
}
