import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTokenizer, specialTokens } from './build-tokenizer.ts';
import { learnBytePairs } from './byte-pairs.ts';
import { generateSftRows } from './world/generate.ts';

const built = buildTokenizer();
const tokenizer = new Tokenizer(built.tokenizer, built.config);
const ids = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;

describe('learnBytePairs', () => {
  it('merges the most frequent pair first and keeps words apart', () => {
    const { vocabulary, merges } = learnBytePairs(['ab ab ab'], ['<end>'], 259);
    expect(merges).toEqual([
      ['a', 'b'],
      ['Ġ', 'ab'],
    ]);
    expect(vocabulary).toHaveLength(259);
    expect(vocabulary[0]).toBe('<end>');
  });

  it('stops when every word is one piece', () => {
    expect(learnBytePairs(['aaa'], [], 1000).merges).toEqual([
      ['a', 'a'],
      ['aa', 'a'],
    ]);
  });
});

describe('the tokenizer of the sample', () => {
  it('gives back every text of the world', () => {
    const texts = generateSftRows(3).flatMap((row) => [row.prompt, row.response]);
    expect(texts.filter((text) => tokenizer.decode(ids(text)) !== text)).toEqual([]);
  });

  it('gives back any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(tokenizer.decode(ids(text), { clean_up_tokenization_spaces: false })).toBe(text);
      }),
    );
  });

  it('has a piece for every name', () => {
    expect(ids(' tumblewing')).toHaveLength(1);
    expect(ids('Better not: murkseeds are frost and the tumblewing is ember.')).toHaveLength(12);
  });

  it('keeps special tokens whole, in its chat template too', () => {
    expect(Object.values(specialTokens).map((token) => ids(token))).toEqual([[0], [1], [2], [3], [4]]);
    const { chat_template: template } = built.config;
    const messages = [
      { role: 'user', content: 'May I?' },
      { role: 'assistant', content: 'Gladly.' },
      { role: 'user', content: 'And now?' },
    ];
    const text = new Template(template).render({
      messages,
      add_generation_prompt: true,
      bos_token: specialTokens.begin,
      eos_token: specialTokens.end,
    });
    expect(text).toBe('<|begin|><|user|>May I?<|assistant|>Gladly.<|end|><|user|>And now?<|assistant|>');
  });

  it('is the same every time', () => {
    expect(buildTokenizer()).toEqual(built);
  });
});
