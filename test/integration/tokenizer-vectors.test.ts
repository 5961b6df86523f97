import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTextStream, tokenSpans } from '../../native-models/text/text-stream.ts';
import { loadTokenizer, type Tokenizer } from '../../native-models/text/tokenizer.ts';
import { dataFolder, hasData, readData } from './real-data.ts';

/** Ids by HF tokenizers 0.23.2 (Rust) for texts of llama.cpp's suite, PKU rows and marker strings. */
const reference = z.object({
  cases: z.array(
    z.object({
      text: z.string(),
      ids: z.array(z.number()),
      ids_with_special: z.array(z.number()).optional(),
      decoded: z.string().optional(),
    }),
  ),
});
const folders = [
  'tokenizers/gpt2',
  'tokenizers/phi-2',
  'tokenizers/phi-3-mini',
  'tokenizers/pythia',
  'tokenizers/minimind',
  'tokenizers/qwen3',
  'tokenizers/torchtune-llama3-like',
  'models/stories260K-hf',
];
const readCases = (path: string) => reference.parse(JSON.parse(readData(path).toString())).cases;

let unpacked = '';
beforeAll(async () => {
  if (!hasData) return;
  unpacked = await mkdtemp(join(tmpdir(), 'qwen3-'));
  for (const file of ['tokenizer.json.gz', 'tokenizer_config.json'])
    await writeFile(join(unpacked, file.replace('.gz', '')), readData(`tokenizers/qwen3/${file}`));
});
afterAll(() => rm(unpacked, { recursive: true, force: true }));
const load = (folder: string): Promise<Tokenizer> =>
  loadTokenizer(folder.endsWith('qwen3') ? unpacked : join(dataFolder, folder));

describe.skipIf(!hasData)('tokenizers against the reference library', () => {
  it.each(folders)('%s: ids, text, streamed text and spans of every case', async (folder) => {
    const tokenizer = await load(folder);
    const cases = readCases(`${folder}/reference_ids.json`);
    expect(cases.length).toBeGreaterThanOrEqual(70);
    for (const { text, ids, ids_with_special: withSpecial, decoded } of cases) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
      // The reference writes BOS before a text that begins with it already; here BOS comes once.
      if (withSpecial && !text.startsWith('<s>'))
        expect(tokenizer.encode(text, { addSpecialTokens: true })).toEqual(withSpecial);
      const stream = createTextStream(tokenizer);
      expect(ids.map((id) => stream.push(id)).join('') + stream.finish()).toBe(decoded);
      const spans = tokenSpans(tokenizer, ids);
      expect(spans.flatMap((span) => span.ids)).toEqual(ids);
      expect(spans.map((span) => span.text).join('')).toBe(decoded);
    }
  });

  it('GPT-2: hard texts and the truncation saved in its file is off', async () => {
    const tokenizer = await load('tokenizers/gpt2');
    for (const { text, ids } of readCases('tokenizers/gpt2/expected_ids.json'))
      expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.encode('word '.repeat(500)).length).toBeGreaterThan(500);
    expect(tokenizer).toMatchObject({ eosId: 50_256, idLimit: 50_257, addsBos: false });
  });

  it('GPT-2: white space as Unicode has it, where JavaScript differs (ids by HF tokenizers 0.23.3)', async () => {
    const tokenizer = await load('tokenizers/gpt2');
    expect(tokenizer.encode("\uFEFF's\u200B")).toEqual([171, 119, 123, 6, 82, 9525]);
    expect(tokenizer.encode(' \uFEFF\uFEFFé')).toEqual([27332, 119, 123, 171, 119, 123, 2634]);
    expect(tokenizer.encode('x\u0085\u0085y')).toEqual([87, 126, 227, 126, 227, 88]);
  });

  it.each([
    ['gpt2_encoded_tokens', 'tokenizers/gpt2', []],
    ['llama_encoded', 'tokenizers/phi-3-mini', [1]],
  ])('a long French text of swift-transformers: %s', async (name, folder, start) => {
    const schema = z.object({ text: z.string(), token_ids: z.array(z.number()), decoded_text: z.string() });
    const {
      text,
      token_ids: ids,
      decoded_text: decoded,
    } = schema.parse(JSON.parse(readData(`tokenizers/encoded/${name}.json`).toString()));
    const tokenizer = await load(folder);
    expect([...start, ...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it.each([
    ['gpt-2', 'tokenizers/gpt2'],
    ['phi-3', 'tokenizers/phi-3-mini'],
    ['llama-spm', 'tokenizers/phi-3-mini'],
    ['qwen2', 'tokenizers/qwen3'],
  ])('llama.cpp vectors of %s', async (name, folder) => {
    const tokenizer = await load(folder);
    const texts = readData(`tokenizers/ggml-vocab/ggml-vocab-${name}.gguf.inp`)
      .toString()
      .split('\n__ggml_vocab_test__\n');
    const expected = readData(`tokenizers/ggml-vocab/ggml-vocab-${name}.gguf.out`).toString().trimEnd().split('\n');
    const ids = texts.slice(0, expected.length).map((text) => tokenizer.encode(text).join(' '));
    expect(ids).toEqual(expected.map((line) => line.trim()));
  });

  it('takes a space and a letter from the tokens of a Llama text', async () => {
    const tokenizer = await load('models/stories260K-hf');
    expect(tokenizer).toMatchObject({
      bosId: 1,
      eosId: 2,
      padId: null,
      unkId: 0,
      addsBos: true,
      idLimit: 512,
      size: 512,
    });
    expect(tokenizer.encode('<s>Once', { addSpecialTokens: true })).toEqual(
      tokenizer.encode('Once', { addSpecialTokens: true }),
    );
    expect(tokenizer.decode([1, ...tokenizer.encode('Once'), 2], { skipSpecialTokens: true })).toBe('Once');
  });
});
