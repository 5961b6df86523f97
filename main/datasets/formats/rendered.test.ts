import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { previewDataset } from '../preview.ts';
import type { RenderedChoice } from './reading.ts';

const folder = mkdtempSync(join(tmpdir(), 'safedpo-rendered-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(row: unknown, rendered: RenderedChoice | null) {
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, JSON.stringify(row));
  const preview = await previewDataset(path, { rendered });
  return { ...preview.rows[0], renderedWith: preview.renderedWith };
}
const turns = [
  { role: 'system', content: 's' },
  { role: 'user', content: 'q1' },
  { role: 'assistant', content: 'a1' },
  { role: 'user', content: 'q2\n\n q3' },
];

/**
 * One conversation as each template writes it, up to where the answer begins, and an answer with the end the template
 * gives it.
 */
const written: readonly (readonly [name: string, prompt: string, end: string])[] = [
  [
    'ChatML',
    '<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq1<|im_end|>\n<|im_start|>assistant\na1<|im_end|>\n' +
      '<|im_start|>user\nq2\n\n ' +
      'q3<|im_end|>\n<|im_start|>assistant\n',
    '<|im_end|>\n',
  ],
  [
    'Phi-4',
    '<|im_start|>system<|im_sep|>s<|im_end|><|im_start|>user<|im_sep|>q1<|im_end|>' +
      '<|im_start|>assistant<|im_sep|>a1<|im_end|><|im_start|>user<|im_sep|>q2\n\n ' +
      'q3<|im_end|><|im_start|>assistant<|im_sep|>',
    '<|im_end|>',
  ],
  [
    'Llama 3',
    '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\ns<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nq1<|eot_id|>' +
      '<|start_header_id|>assistant<|end_header_id|>\n\na1<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nq2\n\n ' +
      'q3<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    '<|eot_id|>',
  ],
  ['Llama 2', '<s>[INST] <<SYS>>\ns\n<</SYS>>\n\nq1 [/INST] a1 </s><s>[INST] q2\n\n q3 [/INST]', '</s>'],
  [
    'Zephyr',
    '<|system|>\ns</s>\n<|user|>\nq1</s>\n<|assistant|>\na1</s>\n<|user|>\nq2\n\n q3</s>\n<|assistant|>\n',
    '</s>',
  ],
  [
    'Phi-3',
    '<|system|>\ns<|end|>\n<|user|>\nq1<|end|>\n<|assistant|>\na1<|end|>\n<|user|>\nq2\n\n q3<|end|>\n<|assistant|>\n',
    '<|end|>\n<|endoftext|>',
  ],
];

describe('a prompt that a chat template was written into', () => {
  test.each(written)('%s', async (name, prompt, end) => {
    const row = { prompt, chosen: `one${end}`, rejected: `two${end}` };
    const undecided = await read(row, null);
    expect(undecided.renderedWith).toBe(name);
    expect(undecided.issues?.map(({ code }) => code)).toContain('already-rendered');
    expect(await read(row, 'turns')).toMatchObject({
      issues: [],
      pair: { prompt: turns, responses: { a: 'one', b: 'two' } },
    });
    expect(await read(row, 'text')).toMatchObject({
      issues: [],
      pair: { prompt: [{ role: 'user', content: prompt }], responses: { a: row.chosen, b: row.rejected } },
    });
  });

  test('Gemma, which has no system turn', async () => {
    const prompt =
      '<bos><start_of_turn>user\nq1<end_of_turn>\n<start_of_turn>model\na1<end_of_turn>\n<start_of_turn>user\nq2\n\n ' +
      'q3<end_of_turn>\n<start_of_turn>model\n';
    const row = { prompt, chosen: 'one<end_of_turn>', rejected: 'two<end_of_turn>\n' };
    expect((await read(row, null)).renderedWith).toBe('Gemma');
    expect(await read(row, 'turns')).toMatchObject({
      issues: [],
      pair: { prompt: turns.slice(1), responses: { a: 'one', b: 'two' } },
    });
  });

  test('whole conversations without a prompt column', async () => {
    const whole = (answer: string) => `<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`;
    const row = { chosen: whole('one'), rejected: whole('two') };
    expect((await read(row, null)).issues?.[0]?.code).toBe('already-rendered');
    expect(await read(row, 'turns')).toMatchObject({
      pair: { prompt: [{ role: 'user', content: 'q' }], responses: { a: 'one', b: 'two' } },
    });
  });

  test.each([
    ['text after the last turn', '<|im_start|>user\nq<|im_end|>\nmore'],
    ['a turn of nobody', '<|im_start|>user\nq<|im_end|>\n<|im_start|>narrator\nx<|im_end|>'],
    ['a turn inside a turn', '<|im_start|>user\nq<|im_start|>assistant\n<|im_end|>'],
  ])('%s cannot be taken apart', async (_, prompt) => {
    const row = { prompt, chosen: 'one', rejected: 'two' };
    expect((await read(row, 'turns')).issues).toMatchObject([{ code: 'rendered-text-unreadable', field: 'prompt' }]);
  });

  test('the content of a message is looked at as well', async () => {
    const row = {
      prompt: [{ role: 'user', content: '<|im_start|>user\nq<|im_end|>' }],
      chosen: 'one',
      rejected: 'two',
    };
    expect(await read(row, null)).toMatchObject({ renderedWith: 'ChatML', issues: [{ code: 'already-rendered' }] });
    expect((await read(row, 'turns')).issues).toMatchObject([{ code: 'rendered-text-unreadable' }]);
  });

  test('a column that nothing is read from is not looked at', async () => {
    expect(
      await read({ prompt: 'q', chosen: 'one', rejected: 'two', raw: '[INST] judge this [/INST]' }, null),
    ).toMatchObject({ issues: [], renderedWith: null });
  });

  test.each(['What does <|im_start|> mean?', 'Is 3 < 4?', '<s>old</s> new', 'Strike it: <s>old</s>', '[INSTALL] it'])(
    '%s is a question like any other',
    async (prompt) => {
      expect(await read({ prompt, chosen: 'one', rejected: 'two' }, null)).toMatchObject({
        issues: [],
        renderedWith: null,
      });
    },
  );
});
