import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPromptFile } from './prompt-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'safedpo-prompt-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(rows: readonly unknown[]): string {
  const path = join(folder, 'prompts.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
const user = (content: string) => ({ role: 'user', content }) as const;

test.each([
  ['a prompt of our own names', { goal: 'Do it.', target: 'Sure' }, [user('Do it.')]],
  [
    'instruction and input',
    { instruction: 'Translate.', input: 'Hello', system: 'Be brief.' },
    [{ role: 'system', content: 'Be brief.' }, user('Translate.\nHello')],
  ],
  [
    'HarmBench with a context',
    { Behavior: 'Do it.', ContextString: 'A text.', Tags: '' },
    [user('A text.\n\n---\n\nDo it.')],
  ],
  ['HarmBench without one', { Behavior: 'Do it.', ContextString: '' }, [user('Do it.')]],
  [
    'messages',
    { prompt: [user('a'), { role: 'assistant', content: 'b' }, user('c')] },
    [user('a'), { role: 'assistant', content: 'b' }, user('c')],
  ],
])('%s', async (_, row, messages) =>
  expect(await readPromptFile(write([row]), 5)).toEqual([{ messages, kind: 'unknown' }]),
);

test('rows without a prompt are passed over, kinds are read, and the limit holds', async () => {
  const file = write([
    { prompt: '' },
    { prompt: 'a', label: 'unsafe' },
    { prompt: 'b', label: 'safe' },
    { prompt: 'c' },
  ]);
  expect(await readPromptFile(file, 2)).toEqual([
    { messages: [user('a')], kind: 'hazard' },
    { messages: [user('b')], kind: 'benign' },
  ]);
});

test.each([
  [{ question: 'q', context: 'c' }, 'prompt-column-not-used'],
  [{ prompt: '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n' }, 'already-rendered'],
  [{ title: 'q' }, 'prompts-not-found'],
])('%j is refused', async (row, code) => {
  await expect(readPromptFile(write([row]), 5)).rejects.toMatchObject({ code });
});
