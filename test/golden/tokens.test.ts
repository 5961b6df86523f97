import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../native-models/failure.ts';
import { loadTemplate } from '../../native-models/text/chat-template.ts';
import { createPairEncoder, unlimitedLength } from '../../native-models/text/encode-pair.ts';
import { loadTokenizer } from '../../native-models/text/tokenizer.ts';
import { comparePairs } from './compare-tokens.ts';
import { largestOf } from '../../native-models/extremes.ts';

const ids = z.array(z.int());
const added = z.looseObject({ id: z.int(), content: z.string() });
const raw = z.looseObject({ added_tokens: z.array(added) });
const file = z.object({
  bases: z.object({ bytes: raw, pieces: raw }),
  texts: z.array(z.string()),
  forms: z.array(
    z.object({ base: z.enum(['bytes', 'pieces']), change: z.record(z.string(), z.unknown()), ids: z.array(ids) }),
  ),
  templates: z.record(z.string(), z.string()),
  pairs: z.array(
    z.object({
      base: z.enum(['bytes', 'pieces']),
      rstrip: z.boolean(),
      template: z.string(),
      prompt: z.string(),
      chosen: z.string(),
      rejected: z.string(),
      promptIds: ids,
      chosenIds: ids,
      rejectedIds: ids,
    }),
  ),
});
const { bases, texts, forms, templates, pairs } = file.parse(
  JSON.parse(readFileSync(new URL('expected/tokens.json', import.meta.url), 'utf8')),
);

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

function writeTokenizer(tokenizer: object, config: object = {}): void {
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}

/** A base with what a row changes of it. */
function changed(
  base: z.infer<typeof raw>,
  { added: token, ...change }: { readonly [field: string]: unknown },
): object {
  const highest = base.added_tokens.reduce(
    (most, { id }) => Math.max(most, id),
    largestOf(Object.values(z.record(z.string(), z.int()).parse(Object(base['model']).vocab))),
  );
  return {
    ...base,
    ...change,
    added_tokens:
      token === undefined ? base.added_tokens : [...base.added_tokens, { id: highest + 1, ...Object(token) }],
  };
}

/** Forms that are refused, by the words of their change. */
const refused = [
  '"behavior":"MergedWith',
  '"behavior":"Contiguous","invert"',
  '"behavior":"Isolated","invert":true',
  '{"String":" "},"behavior":"Removed"',
  '"Punctuation","behavior":"Removed"',
  '"Whitespace"',
  'WhitespaceSplit',
  'BertPreTokenizer',
  'UnicodeScripts',
  'FixedLength',
  'CharDelimiterSplit',
  '"Lowercase"',
  '"Strip"',
  '"content":"$$"',
  '"single_word":true',
];

describe('forms of tokenizer.json, against the Rust tokenizers (make_tokens.py)', () => {
  it.each(forms.map((row) => ({ ...row, what: `${row.base} ${JSON.stringify(row.change)}` })))(
    '$what',
    async ({ base, change, ids: wanted, what }) => {
      writeTokenizer(changed(bases[base], change));
      if (refused.some((words) => what.includes(words))) {
        const failure = await loadTokenizer(folder).then(
          () => null,
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(Failure);
        expect(failure).toMatchObject({ kind: 'input', code: 'tokenizer-form-not-supported' });
        return;
      }
      const tokenizer = await loadTokenizer(folder);
      for (const [index, text] of texts.entries())
        expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(wanted[index]);
    },
  );
});

describe('pairs, against transformers and TRL (make_tokens.py)', () => {
  it.each(
    pairs.map((row) => ({
      ...row,
      what: `${row.base}${row.rstrip ? ' rstrip' : ''}, ${row.template}: ${JSON.stringify(row.prompt)}`,
    })),
  )('$what', async (row) => {
    const base = bases[row.base];
    const strips = base.added_tokens.map((token) => ({
      ...token,
      rstrip: row.rstrip && ['<|turn|>', '<|end|>'].includes(token.content),
    }));
    writeTokenizer(
      { ...base, added_tokens: strips },
      { bos_token: '<s>', eos_token: '</s>', chat_template: templates[row.template] },
    );
    const tokenizer = await loadTokenizer(folder);
    const choice = row.template === 'plain' || row.template === 'pku' ? row.template : 'model';
    const ends = base.added_tokens.filter(({ content }) => ['</s>', '<|end|>'].includes(content)).map(({ id }) => id);
    const encoder = createPairEncoder(tokenizer, await loadTemplate(folder, choice), ends);
    const ours = encoder.encodePair(
      { prompt: [{ role: 'user', content: row.prompt }], chosen: row.chosen, rejected: row.rejected },
      unlimitedLength,
    );
    const expected = ['turns', 'thoughts', 'no end'].includes(row.template) ? 'end' : 'equal';
    expect(
      comparePairs(ours, row, { ids: new Set(ends), eosId: tokenizer.eosId, decode: tokenizer.decode }),
      JSON.stringify({ ours, row }),
    ).toBe(row.rstrip && expected === 'end' && row.template !== 'no end' ? 'equal' : expected);
  });
});

it('a text with a byte that the vocabulary lacks is refused, others are not', async () => {
  const model = Object(bases.bytes['model']);
  const vocab = Object.fromEntries(
    Object.entries(z.record(z.string(), z.int()).parse(model.vocab)).filter(([token]) => token !== 'Ð'),
  );
  writeTokenizer({ ...bases.bytes, model: { ...model, vocab, merges: [] } });
  const tokenizer = await loadTokenizer(folder);
  expect(() => tokenizer.requireBytes('</s>gate')).not.toThrow();
  expect(() => tokenizer.requireBytes('gate, ворота')).toThrow(
    expect.objectContaining({
      code: 'tokenizer-form-not-supported',
      details: expect.objectContaining({ character: 'в' }),
    }),
  );
});
