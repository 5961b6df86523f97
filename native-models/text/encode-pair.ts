import { badInput } from '../failure.ts';
import type { ChatMessage, ChatTemplate } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';
import { truncate, type Truncated } from './truncate.ts';

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
  readonly promptIds: readonly number[];
  /** Ends with EOS unless truncated; never empty. */
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  readonly promptTruncated: boolean;
  readonly chosenTruncated: boolean;
  readonly rejectedTruncated: boolean;
}

/** Conversations to token ids, with one tokenizer and one template. */
export interface PairEncoder {
  /** The prompt up to where the answer begins, BOS at most once (docs/adr/0010-templates-and-one-bos.md). Throws `prompt-empty` or `chat-template-refused`. */
  encodePrompt(messages: readonly ChatMessage[]): readonly number[];
  /** The answer to a prompt, tokenised apart from it, ending with EOS. Throws `chat-template-rewrites-prompt` or `eos-unknown`. */
  encodeCompletion(messages: readonly ChatMessage[], text: string): readonly number[];
  /** Prompt and both responses, each prompt + response within `maxLength` tokens ({@link truncate}). */
  encodePair(pair: { readonly prompt: readonly ChatMessage[]; readonly chosen: string; readonly rejected: string }, maxLength: number): EncodedPair;
  /** Prompt and one completion within `maxLength` tokens ({@link truncate}). */
  encodeSequence(messages: readonly ChatMessage[], text: string, maxLength: number): EncodedSequence;
}

/** `eosIds` are the model's ends of text (its generation config); the tokenizer's own EOS is the one appended. */
export function createPairEncoder(tokenizer: Tokenizer, template: ChatTemplate, eosIds: readonly number[]): PairEncoder {
  const ends = new Set(tokenizer.eosId === null ? eosIds : [tokenizer.eosId, ...eosIds]);
  const appended = tokenizer.eosId ?? eosIds[0];

  function encodePrompt(messages: readonly ChatMessage[]): readonly number[] {
    const ids = tokenizer.encode(template.render(messages, { addGenerationPrompt: true }), { addSpecialTokens: template.name !== 'model' });
    if (ids.length === 0) throw badInput('prompt-empty', 'A prompt has no tokens, so nothing predicts the first token of its answer. Remove the row, or give it a prompt.', { messages: messages.length });
    return ids;
  }

  function encodeCompletion(messages: readonly ChatMessage[], text: string): readonly number[] {
    const ids = tokenizer.encode(completionText(template, messages, text));
    const end = ids.findLastIndex((id) => ends.has(id));
    if (end >= 0 && tokenizer.decode(ids.slice(end + 1)).trim() === '') return ids.slice(0, end + 1);
    if (appended !== undefined) return [...ids, appended];
    throw badInput('eos-unknown', 'The model names no end-of-text token (eos_token in tokenizer_config.json, eos_token_id in config.json), so a completion cannot be ended. Add eos_token to tokenizer_config.json.');
  }

  function encodeSequence(messages: readonly ChatMessage[], text: string, maxLength: number): EncodedSequence {
    const { prompt, completions } = truncate(encodePrompt(messages), [encodeCompletion(messages, text)], maxLength, tokenizer.bosId);
    const completion = only(completions[0]);
    return { promptIds: prompt.ids, completionIds: completion.ids, promptTruncated: prompt.truncated, completionTruncated: completion.truncated };
  }

  function encodePair(pair: { readonly prompt: readonly ChatMessage[]; readonly chosen: string; readonly rejected: string }, maxLength: number): EncodedPair {
    const responses = [encodeCompletion(pair.prompt, pair.chosen), encodeCompletion(pair.prompt, pair.rejected)];
    const { prompt, completions } = truncate(encodePrompt(pair.prompt), responses, maxLength, tokenizer.bosId);
    const chosen = only(completions[0]);
    const rejected = only(completions[1]);
    return { promptIds: prompt.ids, chosenIds: chosen.ids, rejectedIds: rejected.ids, promptTruncated: prompt.truncated, chosenTruncated: chosen.truncated, rejectedTruncated: rejected.truncated };
  }

  return { encodePrompt, encodeCompletion, encodePair, encodeSequence };
}

/** What the template writes for the answer: its text and whatever closes the turn. */
function completionText(template: ChatTemplate, messages: readonly ChatMessage[], text: string): string {
  const prompt = template.render(messages, { addGenerationPrompt: true });
  const whole = template.render([...messages, { role: 'assistant', content: text }], { addGenerationPrompt: false });
  if (whole.startsWith(prompt)) return whole.slice(prompt.length);
  throw badInput('chat-template-rewrites-prompt', `${template.origin}: the chat template writes the prompt differently once it has an answer, so prompt and answer cannot be told apart. Choose the template "plain" or "pku".`, { origin: template.origin });
}

function only(part: Truncated | undefined): Truncated {
  if (part === undefined) throw new TypeError('truncate gives back as many completions as it takes');
  return part;
}

/** Tokens of a pair whose prompt is stored once. */
export function pairLength({ promptIds, chosenIds, rejectedIds }: Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'>): number {
  return promptIds.length + chosenIds.length + rejectedIds.length;
}
