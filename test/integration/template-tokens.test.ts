import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safedpo, workFolder } from './cli-harness.ts';
import { tinyTokenizer, tinyTokenizerConfig, writeJson, writeTinyModel } from './tiny-model.ts';

const work = workFolder();
const [library, model] = [join(work.path, 'library'), join(work.path, 'model')];
const row = (prompt: string, chosen: string, rejected: string) =>
  JSON.stringify({
    prompt,
    response_0: chosen,
    response_1: rejected,
    is_response_0_safe: true,
    is_response_1_safe: false,
    better_response_id: 0,
    safer_response_id: 0,
  });
const chatTemplate = '{% for message in messages %}{{ message.content }}{% endfor %}';

beforeAll(async () => {
  mkdirSync(model);
  await writeTinyModel(model);
  const special = [
    { id: 14, content: '[turn]', special: true },
    { id: 15, content: '[end]', special: true },
  ];
  const vocab = Object.fromEntries(
    [...Object.keys(tinyTokenizer.model.vocab).slice(0, 14), '[turn]', '[end]'].map((token, id) => [token, id]),
  );
  await writeJson(model, 'tokenizer.json', {
    ...tinyTokenizer,
    added_tokens: [...tinyTokenizer.added_tokens, ...special],
    model: { ...tinyTokenizer.model, vocab },
  });
  await writeJson(model, 'tokenizer_config.json', { ...tinyTokenizerConfig, chat_template: chatTemplate });
  const file = join(work.path, 'pairs.jsonl');
  writeFileSync(
    file,
    [row('abc', 'de[turn]', 'fg'), row('[turn]bcd', 'ef', 'gh[end]'), row('cde', 'fg', 'hi')].join('\n'),
  );
  expect(await safedpo(library, 'import', file, '--project', 'p')).toMatchObject({ code: 0 });
});
afterAll(() => work.remove());

describe('texts that hold tokens of a template', () => {
  it('pairs counts them and names the tokens', async () => {
    const ended = await safedpo(library, 'pairs', '--project', 'p', '--model', model, '--json');
    expect(ended.document()).toMatchObject({ pairs: { total: 3, keptSafeUnsafe: 3 } });
    expect(ended.document()['templateTokens']).toEqual({ pairs: 2, tokens: ['[end]', '[turn]'] });
    const { stdout } = await safedpo(library, 'pairs', '--project', 'p', '--model', model);
    expect(stdout).toContain('2 pairs hold [end], [turn] in their texts');
  });

  it('with the plain template they are wanted', async () => {
    const ended = await safedpo(library, 'pairs', '--project', 'p', '--model', model, '--template', 'plain', '--json');
    expect(ended.document()['templateTokens']).toEqual({ pairs: 0, tokens: [] });
  });
});
