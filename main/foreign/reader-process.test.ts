import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../native-models/is-alive.ts';
import type { SourceRow } from '../datasets/readers/row.ts';
import { askReader, readThrough } from './ask.ts';
import { inspectModelQuestion } from '../models/questions.ts';
import { previewFileQuestion, readRowsQuestion } from '../datasets/questions.ts';
import { ReaderProcess, type PieceLimits } from './reader-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safedpo-foreign-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** A folder whose template does not come to an end. */
function loopingModel(): string {
  const dir = join(folder, 'looping');
  mkdirSync(dir, { recursive: true });
  const config = {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    vocab_size: 8,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    torch_dtype: 'float32',
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeFileSync(
    join(dir, 'tokenizer.json'),
    JSON.stringify({ model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] }, added_tokens: [] }),
  );
  writeFileSync(join(dir, 'tokenizer_config.json'), '{}');
  writeFileSync(
    join(dir, 'chat_template.jinja'),
    '{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}',
  );
  return dir;
}

function reader(limits: PieceLimits): ReaderProcess {
  const process = new ReaderProcess(limits);
  onTestFinished(() => process.end());
  return process;
}

it('ends what takes too much processor time, and names it', async () => {
  const path = loopingModel();
  const pieces = reader({ processorSeconds: 1, memoryBytes: 2 ** 30 }).ask(
    inspectModelQuestion,
    { path, availableBytes: 1e9 },
    { subject: path },
  );
  await expect(pieces.next()).rejects.toMatchObject({
    kind: 'input',
    code: 'took-too-long',
    details: { subject: path, seconds: 1 },
  });
});

it('ends what takes too much memory, and names it', async () => {
  const path = loopingModel();
  const pieces = reader({ processorSeconds: 60, memoryBytes: 2 ** 20 }).ask(
    inspectModelQuestion,
    { path, availableBytes: 1e9 },
    { subject: path },
  );
  await expect(pieces.next()).rejects.toMatchObject({
    kind: 'capacity',
    code: 'took-too-much-memory',
    details: { subject: path, mostBytes: 2 ** 20 },
  });
});

it('gives the failure of what it reads, and answers the next question', async () => {
  const file = write('empty.jsonl', '');
  await expect(askReader(previewFileQuestion, { file, choice: {} }, { subject: file })).rejects.toMatchObject({
    kind: 'input',
    code: 'dataset-empty',
    details: { file },
  });
  const good = write('good.jsonl', `${JSON.stringify({ prompt: 'p', chosen: 'a\ud800', rejected: 'b' })}\n`);
  const { format, rows } = await askReader(previewFileQuestion, { file: good, choice: {} }, { subject: good });
  expect(format).toBe('trl');
  expect(rows).toHaveLength(1);
});

it('is ended by the signal of the asker, and does not begin after it', async () => {
  const path = loopingModel();
  const abort = new AbortController();
  const answer = askReader(
    inspectModelQuestion,
    { path, availableBytes: 1e9 },
    { subject: path, signal: abort.signal },
  );
  await sleep(200);
  abort.abort();
  await expect(answer).rejects.toMatchObject({ kind: 'interrupted', code: 'task-cancelled' });
  await expect(
    askReader(inspectModelQuestion, { path, availableBytes: 1e9 }, { subject: path, signal: abort.signal }),
  ).rejects.toMatchObject({ code: 'task-cancelled' });
});

it('gives all rows of a file in order, in pieces', async () => {
  const file = write(
    'many.jsonl',
    Array.from({ length: 1234 }, (_, index) => JSON.stringify({ prompt: `p${index}` })).join('\n'),
  );
  const pieces: SourceRow[][] = [];
  for await (const piece of readThrough(readRowsQuestion, { file }, { subject: file })) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.flat().map((row) => ('value' in row ? row.value['prompt'] : null))).toEqual(
    Array.from({ length: 1234 }, (_, index) => `p${index}`),
  );
});

it('ends when whoever asked is gone, also while it parses', async () => {
  const path = loopingModel();
  const code = (file: string): string => JSON.stringify(join(import.meta.dirname, file));
  const asker = `const { ReaderProcess } = await import(${code('reader-process.ts')});
    const { inspectModelQuestion } = await import(${code('../models/questions.ts')});
    const reader = new ReaderProcess();
    reader.ask(inspectModelQuestion, { path: ${JSON.stringify(path)}, availableBytes: 1e9 }, { subject: 'x' }).next();
    console.log(reader.pid);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', asker], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const pid = Number(String(line));
  expect(isAlive(pid)).toBe(true);
  // It has begun to parse by then.
  await sleep(1500);
  child.kill('SIGKILL');
  await once(child, 'exit');
  while (isAlive(pid)) await sleep(50);
});
