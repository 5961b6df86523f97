import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { importDataset, type ImportOptions } from '../../main/datasets/import.ts';
import { openLibrary } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';

/** Small files after public bug reports; they lie beside the checkout and are not part of it. */
const cases = join(import.meta.dirname, '../../../shared/cases');
const isHere = existsSync(cases);
if (!isHere) console.warn(`SKIPPED: files after public bug reports, because ${cases} does not exist.`);

const folder = mkdtempSync(join(tmpdir(), 'safedpo-reported-'));
const library = openLibrary(folder);
afterAll(() => {
  library.close();
  rmSync(folder, { recursive: true });
});

let count = 0;
const messages = z.array(z.object({ role: z.string(), content: z.string() }));

interface StoredPair {
  readonly prompt: string;
  readonly response_a: string;
  readonly response_b: string;
  readonly preferred: string | null;
  readonly safer: string | null;
  readonly unsafe_a: number | null;
}

async function imported(file: string, options: ImportOptions = {}) {
  const result = await importDataset(
    library,
    createProject(library, `case ${(count += 1)}`).id,
    join(cases, file),
    options,
  );
  const pairs = library.db
    .prepare<[number], StoredPair>(
      'SELECT prompt, response_a, response_b, preferred, safer, unsafe_a FROM pairs WHERE dataset_id = ? ORDER BY row',
    )
    .all(result.datasetId);
  const turns = pairs.map(({ prompt }) =>
    messages.parse(JSON.parse(prompt)).map(({ role, content }) => `${role}: ${content}`),
  );
  return { ...result, pairs, turns };
}

describe.skipIf(!isHere)('files after public bug reports', () => {
  test('LLaMA-Factory: instruction, input, history and system', async () => {
    const { turns, unusedColumns } = await imported('llamafactory-columns/lf-alpaca-pref.json');
    expect(turns).toEqual([
      ['user: Translate the sentence into French.\nThe ferry leaves at nine.'],
      ['user: Translate the sentence into French.\nThe bakery is closed.'],
      [
        'system: You answer as a tide table.',
        'user: When is high tide?',
        'assistant: At 6:12.',
        'user: And in the evening?',
      ],
    ]);
    expect(unusedColumns).toEqual([]);
  });

  test('LLaMA-Factory: rows that differ in their input only are different pairs', async () => {
    expect(await imported('llamafactory-columns/lf-classify.json')).toMatchObject({
      accepted: 5,
      duplicates: 0,
      rejected: 0,
    });
  });

  test.each([
    [
      'llamafactory-columns/lf-sharegpt-system.json',
      ['system: You are a park ranger.', 'user: May I feed the swans bread?'],
    ],
    ['llamafactory-columns/sysprompt-col.jsonl', ['system: You are a lifeguard.', 'user: May I dive here?']],
  ])('%s', async (file, expected) => expect((await imported(file)).turns).toEqual([expected]));

  test('a winner that is named by its column', async () => {
    const mapping = { prompt: 'prompt', responseA: 'response_1', responseB: 'response_2', preferred: 'winner' };
    const { pairs } = await imported('preferred-column/named-winner.jsonl', { mapping });
    expect(pairs.map(({ preferred }) => preferred)).toEqual(['a', 'b']);
  });

  test('ids that count from 1', async () => {
    const { pairs } = await imported('preferred-column/one-based.jsonl');
    expect(pairs).toMatchObject([
      { preferred: 'a', safer: 'a', unsafe_a: 0 },
      { preferred: 'b', safer: 'b', unsafe_a: 1 },
      { preferred: 'a', safer: 'a', unsafe_a: 0 },
    ]);
  });

  test('HelpSteer3: 0 is neither', async () => {
    expect((await imported('preferred-column/helpsteer3.jsonl')).pairs.map(({ preferred }) => preferred)).toEqual([
      'a',
      'b',
      'tie',
      'b',
      'a',
    ]);
  });

  test('a prompt that the conversation repeats', async () => {
    expect((await imported('multi-turn-prompt-column/pairs.jsonl')).turns).toEqual([
      ['user: Which knot holds a boat?', 'assistant: A bowline.', 'user: And a tent?'],
      ['user: Why is rain wet?'],
      ['user: Name a tree.'],
    ]);
  });

  test('prompts in ChatML: refused, or taken apart', async () => {
    await expect(imported('already-templated/pairs.jsonl')).rejects.toMatchObject({ code: 'already-rendered' });
    const { turns, pairs } = await imported('already-templated/pairs.jsonl', { rendered: 'turns' });
    expect(turns).toEqual([['user: Name a colour.'], ['user: Name a fruit.'], ['user: Name a bird.']]);
    expect(pairs[0]).toMatchObject({ response_a: 'Blue', response_b: 'Seven' });
  });

  test('tool calls are refused by name', async () => {
    await expect(imported('tool-calls/toolcall.jsonl')).rejects.toMatchObject({
      code: 'message-field-not-kept',
      message: expect.stringContaining('prompt[1].tool_calls'),
    });
  });

  test('messages as JSON text', async () => {
    const { pairs } = await imported('json-string-messages/json-strings.jsonl');
    expect(pairs.map(({ response_a, response_b }) => [response_a, response_b])).toEqual(
      Array.from({ length: 4 }, () => ['good', 'bad']),
    );
  });

  test('NaN is a missing verdict', async () => {
    const { accepted, rejected, pairs } = await imported('nan-verdict/nan.parquet');
    expect({ accepted, rejected }).toEqual({ accepted: 12, rejected: 0 });
    expect(pairs.filter(({ unsafe_a }) => unsafe_a === null).length).toBeGreaterThan(0);
  });
});
