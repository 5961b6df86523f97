import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { previewDataset, type DatasetPreview } from '../preview.ts';
import type { FormatChoice } from './detect.ts';

const folder = mkdtempSync(join(tmpdir(), 'safedpo-prompts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** How the rows of a file would be read. */
async function preview(rows: readonly unknown[] | string, choice: FormatChoice = {}): Promise<DatasetPreview> {
  const path = join(folder, typeof rows === 'string' ? 'rows.csv' : 'rows.jsonl');
  writeFileSync(path, typeof rows === 'string' ? rows : rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return previewDataset(path, choice);
}
const read = async (row: unknown, choice?: FormatChoice) => (await preview([row], choice)).rows[0];
const system = (content: string) => ({ role: 'system', content }) as const;
const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;
const answers = { chosen: 'one', rejected: 'two' };

describe('every column that makes the prompt is read', () => {
  test.each([
    ['instruction and input', { instruction: 'i', input: 'x' }, [user('i\nx')]],
    ['an empty input', { instruction: 'i', input: '' }, [user('i')]],
    ['an empty instruction', { instruction: '', input: 'x' }, [user('x')]],
    [
      'history and system',
      { instruction: 'i', input: '', history: [['q', 'a']], system: 's' },
      [system('s'), user('q'), assistant('a'), user('i')],
    ],
    [
      'history as JSON text',
      { instruction: 'i', input: '', history: '[["q", "a"]]' },
      [user('q'), assistant('a'), user('i')],
    ],
    ['a system prompt of another name', { prompt: 'q', system_prompt: 's' }, [system('s'), user('q')]],
    [
      'ShareGPT with a system column',
      { conversations: [{ from: 'human', value: 'q' }], system: 's' },
      [system('s'), user('q')],
    ],
    ['the same system prompt twice', { prompt: [system('s'), user('q')], system: 's' }, [system('s'), user('q')]],
    [
      'a system prompt before an implicit prompt',
      { system: 's', chosen: [user('q'), assistant('one')], rejected: [user('q'), assistant('two')] },
      [system('s'), user('q')],
    ],
    ['OpenRLHF context', { context_messages: [user('q')] }, [user('q')]],
    ['a context of messages', { context: [user('q')] }, [user('q')]],
    [
      'what repeats the prompt',
      { prompt: 'Why?', instruction: 'Why?', messages: [user('Why?'), assistant('one')] },
      [user('Why?')],
    ],
  ])('%s', async (_, row, expected) => {
    const { issues, pair } = (await read({ ...answers, ...row })) ?? {};
    expect(issues).toEqual([]);
    expect(pair).toMatchObject({ prompt: expected, responses: { a: 'one', b: 'two' } });
  });

  test('Argilla and Axolotl call the responses chosen_response and rejected_response', async () => {
    const row = await read({ instruction: 'i', chosen_response: 'one', rejected_response: 'two' });
    expect(row?.pair).toMatchObject({ prompt: [user('i')], responses: { a: 'one', b: 'two' }, preferred: 'a' });
  });

  test.each([
    ['context beside a question', { question: 'q', context: 'c' }, 'context'],
    ['input beside a prompt', { prompt: 'q', input: 'x' }, 'input'],
    ['tools', { prompt: 'q', tools: [{ name: 'clock' }] }, 'tools'],
    ['tools as text', { prompt: 'q', tools: '[{"name": "clock"}]' }, 'tools'],
    ['an image', { prompt: 'q', images: ['cat.png'] }, 'images'],
  ])('%s is refused by name, and read where a person leaves it out', async (_, columns, field) => {
    const row = { ...answers, ...columns };
    expect((await read(row))?.issues).toMatchObject([{ code: 'prompt-column-not-used', field }]);
    expect((await read(row, { leftOut: [field] }))?.pair).toMatchObject({ responses: { a: 'one', b: 'two' } });
  });

  test('a part is joined as the person maps it', async () => {
    const row = { question: 'q', background: 'c', ...answers };
    const mapping = { prompt: 'question', context: 'background', chosen: 'chosen', rejected: 'rejected' };
    expect((await read(row, { mapping }))?.pair?.prompt).toEqual([user('c\n\nq')]);
  });

  test('columns nothing is read from are listed', async () => {
    const { unusedColumns } = await preview([{ prompt: 'q', ...answers, score: 3, tools: null }]);
    expect(unusedColumns).toEqual([
      { name: 'score', isPrompt: false },
      { name: 'tools', isPrompt: true },
    ]);
  });

  test('two different system prompts are refused', async () => {
    expect((await read({ prompt: [system('s'), user('q')], system: 'other', ...answers }))?.issues).toMatchObject([
      { code: 'two-system-prompts' },
    ]);
  });
});

describe('a prompt that stands in the conversation too is taken once', () => {
  const whole = (...turns: readonly { readonly role: string; readonly content: string }[]) => ({
    chosen: [...turns, assistant('one')],
    rejected: [...turns, assistant('two')],
  });
  const several = [user('q1'), assistant('a1'), user('q2')];
  test.each([
    ['the first question of several turns', { prompt: 'q1', ...whole(...several) }, several],
    ['the last question of several turns', { prompt: 'q2', ...whole(...several) }, several],
    ['other white space', { prompt: ' q1 \n', ...whole(user('q1')) }, [user('q1')]],
    [
      'other white space in one of the answers',
      { chosen: [user('q  1'), assistant('one')], rejected: [user('q 1'), assistant('two')] },
      [user('q  1')],
    ],
    [
      'a system prompt only in the prompt',
      { prompt: [system('s'), user('q1')], ...whole(...several) },
      [system('s'), ...several],
    ],
    [
      'earlier turns in the prompt',
      { prompt: [user('q1'), assistant('a1'), user('q2')], ...whole(user('q2')) },
      several,
    ],
    ['answers of several turns', { prompt: [user('q1')], ...whole(assistant('a1'), user('q2')) }, several],
    [
      'a transcript as prompt and whole transcripts',
      {
        prompt: '\n\nHuman: q\n\nAssistant:',
        chosen: '\n\nHuman: q\n\nAssistant: one',
        rejected: '\n\nHuman: q\n\nAssistant: two',
      },
      [user('q')],
    ],
  ])('%s', async (_, row, expected) => {
    const { issues, pair } = (await read(row)) ?? {};
    expect(issues).toEqual([]);
    expect(pair).toMatchObject({ prompt: expected, responses: { a: 'one', b: 'two' } });
  });

  test('a prompt that the conversation does not have is refused', async () => {
    expect((await read({ prompt: 'other', ...whole(user('q1')) }))?.issues).toMatchObject([
      { code: 'prompt-not-in-conversation' },
    ]);
  });

  test('a question that begins with "Human:" keeps the word', async () => {
    expect((await read({ prompt: 'Human: is that a word?', ...answers }))?.pair?.prompt).toEqual([
      user('Human: is that a word?'),
    ]);
  });
});

describe('messages', () => {
  test.each([
    ['as JSON text with other fields first', '[{"weight": 1, "role": "assistant", "content": "one"}]'],
    ['one message as JSON text', '{"name": null, "content": "one", "role": "assistant"}'],
    ['ShareGPT as JSON text', ' [{"value": "one", "from": "gpt"}]'],
  ])('%s', async (_, chosen) => {
    expect((await read({ prompt: 'q', chosen, rejected: 'two' }))?.pair?.responses).toEqual({ a: 'one', b: 'two' });
  });

  test.each(['{"role": "admin", "content": "x"}', '[1, 2]', '{"a": 1}', '[not JSON]', "{'a': 1}"])(
    '%s is an answer like any other',
    async (chosen) => {
      expect((await read({ prompt: 'q', chosen, rejected: 'two' }))?.pair?.responses.a).toBe(chosen);
    },
  );

  test('printed by Python are refused', async () => {
    const row = await read({ prompt: 'q', chosen: "[{'content': 'one', 'role': 'assistant'}]", rejected: 'two' });
    expect(row?.issues).toMatchObject([{ code: 'python-text', field: 'chosen' }]);
  });

  test.each([
    ['tool_calls', { role: 'assistant', content: '', tool_calls: [{ function: { name: 'clock' } }] }],
    ['reasoning_content', { role: 'assistant', content: 'x', reasoning_content: 'hm' }],
    ['name', { role: 'tool', content: 'x', name: 'clock' }],
  ])('with %s are refused by name, without a value they are read', async (field, message) => {
    const rowOf = (turn: unknown) => ({ prompt: [user('q'), turn, user('and?')], ...answers });
    expect((await read(rowOf(message)))?.issues).toMatchObject([
      { code: 'message-field-not-kept', field: `prompt[1].${field}` },
    ]);
    expect((await read(rowOf({ ...message, [field]: null })))?.issues).toEqual([]);
  });
});

test('harm categories: "benign" is none, Aegis joins names with commas, BeaverTails has commas in names', async () => {
  const file =
    'prompt,response,response_label,violated_categories\nq,"bad",unsafe,"Violence, ' +
    'Hate"\nq,"good",safe,\nREDACTED,"x",safe,\n';
  const { rows } = await preview(file);
  expect(rows[1]?.pair?.verdicts.b.categories).toEqual(['Violence', 'Hate']);
  expect(rows[2]?.issues).toMatchObject([{ code: 'redacted-prompt' }]);
  const wild = await preview(
    'prompt,response,response_harm_label,subcategory\nq,bad,harmful,benign\nq,good,unharmful,benign\n',
  );
  expect(wild.rows[1]?.pair?.verdicts.b.categories).toEqual([]);
});
