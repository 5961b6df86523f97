import { badInput } from '../failure.ts';
import { answerStart, requireSamePrompt } from './answer-start.ts';
import type { ChatMessage, ChatTemplate } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';
import { truncate, type Truncated } from './truncate.ts';

/**
 * Names the way texts become tokens. Raise it with every change that gives the same texts other tokens: a run that was
 * started under another number is not resumed (docs/adr/0010-templates-and-tokens.md).
 */
export const tokenization = 2;

/** A maximum length that cuts nothing. */
export const unlimitedLength = Number.MAX_SAFE_INTEGER;

/** A prompt and one completion as token ids, within a length. */
export interface EncodedSequence {
  readonly promptIds: readonly number[];
  /** Ends with EOS unless truncated; never empty. */
  readonly completionIds: readonly number[];
  readonly promptTruncated: boolean;
  readonly completionTruncated: boolean;
}

/** A prompt with two responses as token ids, within a length. */
export interface EncodedPair {
  /** What both texts begin with, up to where the first of the two answers starts. */
  readonly promptIds: readonly number[];
  /** Ends with EOS unless truncated; never empty. */
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  readonly promptTruncated: boolean;
  readonly chosenTruncated: boolean;
  readonly rejectedTruncated: boolean;
}

/** A prompt with its two responses as texts. */
export interface PairTexts {
  readonly prompt: readonly ChatMessage[];
  readonly chosen: string;
  readonly rejected: string;
}

/** Conversations to token ids, with one tokenizer and one template. */
export interface PairEncoder {
  /**
   * The prompt as a model is asked, up to where the answer begins. Throws `prompt-empty` or `chat-template-refused`.
   */
  encodePrompt(messages: readonly ChatMessage[]): readonly number[];
  /**
   * Prompt and both responses, each prompt + response within `maxLength` tokens ({@link truncate}). Throws what
   * `encodePrompt` throws, `chat-template-rewrites-prompt` or `eos-unknown`.
   */
  encodePair(pair: PairTexts, maxLength: number): EncodedPair;
  /** Prompt and one completion within `maxLength` tokens ({@link truncate}). Throws as `encodePair`. */
  encodeSequence(messages: readonly ChatMessage[], text: string, maxLength: number): EncodedSequence;
}

/**
 * Tokenises as TRL does: the prompt, and the prompt with its answer, each as one text; an answer begins where the two
 * differ. `eosIds` are the model's ends of text (its generation config); the tokenizer's own EOS is the one appended.
 */
export function createPairEncoder(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  eosIds: readonly number[],
): PairEncoder {
  const ends = new Set(tokenizer.eosId === null ? eosIds : [tokenizer.eosId, ...eosIds]);
  const appended = tokenizer.eosId ?? eosIds[0];
  // A chat template writes BOS and EOS itself; texts that only we put together get them here.
  const bare = template.name !== 'model';

  function tokensOf(text: string): readonly number[] {
    tokenizer.requireBytes(text);
    return tokenizer.encode(text, { addSpecialTokens: bare });
  }

  function encodePrompt(messages: readonly ChatMessage[]): readonly number[] {
    const ids = tokensOf(template.render(messages, { addGenerationPrompt: true }));
    if (ids.length === 0) throw promptEmpty();
    return ids;
  }

  function encodeWhole(messages: readonly ChatMessage[], prompt: string, text: string): readonly number[] {
    const whole = template.render([...messages, { role: 'assistant', content: text }], { addGenerationPrompt: false });
    requireSamePrompt(template, messages, prompt, whole);
    const eos = bare ? (tokenizer.special.eos ?? '') : '';
    return tokensOf(whole.endsWith(eos) ? whole : whole + eos);
  }

  function endCompletion(ids: readonly number[]): readonly number[] {
    const end = ids.findLastIndex((id) => ends.has(id));
    if (end >= 0 && tokenizer.decode(ids.slice(end + 1)).trim() === '') return ids.slice(0, end + 1);
    if (appended !== undefined) return [...ids, appended];
    throw badInput(
      'eos-unknown',
      'The model names no end-of-text token (eos_token in tokenizer_config.json, eos_token_id in ' +
        'config.json), so a completion cannot be ended. Add eos_token to tokenizer_config.json.',
    );
  }

  function encode(
    messages: readonly ChatMessage[],
    texts: readonly string[],
    maxLength: number,
  ): ReturnType<typeof truncate> {
    const prompt = template.render(messages, { addGenerationPrompt: true });
    const promptIds = tokensOf(prompt);
    const wholes = texts.map((text) => encodeWhole(messages, prompt, text));
    const start = answerStart(promptIds, wholes);
    if (start === 0) throw promptEmpty();
    return truncate(
      promptIds.slice(0, start),
      wholes.map((ids) => endCompletion(ids.slice(start))),
      maxLength,
      tokenizer.bosId,
    );
  }

  function encodeSequence(messages: readonly ChatMessage[], text: string, maxLength: number): EncodedSequence {
    const { prompt, completions } = encode(messages, [text], maxLength);
    const completion = only(completions[0]);
    return {
      promptIds: prompt.ids,
      completionIds: completion.ids,
      promptTruncated: prompt.truncated,
      completionTruncated: completion.truncated,
    };
  }

  function encodePair(pair: PairTexts, maxLength: number): EncodedPair {
    const { prompt, completions } = encode(pair.prompt, [pair.chosen, pair.rejected], maxLength);
    const chosen = only(completions[0]);
    const rejected = only(completions[1]);
    return {
      promptIds: prompt.ids,
      chosenIds: chosen.ids,
      rejectedIds: rejected.ids,
      promptTruncated: prompt.truncated,
      chosenTruncated: chosen.truncated,
      rejectedTruncated: rejected.truncated,
    };
  }

  return { encodePrompt, encodePair, encodeSequence };
}

function promptEmpty(): Error {
  return badInput(
    'prompt-empty',
    'A prompt has no tokens of its own, so nothing predicts the first token of its answer. Remove the row, ' +
      'or give it a longer prompt.',
  );
}

function only(part: Truncated | undefined): Truncated {
  if (part === undefined) throw new TypeError('truncate gives back as many completions as it takes');
  return part;
}

/** Tokens of a pair whose prompt is stored once. */
export function pairLength({
  promptIds,
  chosenIds,
  rejectedIds,
}: Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'>): number {
  return promptIds.length + chosenIds.length + rejectedIds.length;
}
