import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultEvaluation } from '../../preload/contract/evaluation-defaults.ts';
import { safedpo, smallRun, workFolder, writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';

const work = workFolder();
const [library, model, data] = [join(work.path, 'library'), join(work.path, 'model'), join(work.path, 'pairs.jsonl')];
const run = (...args: string[]) => safedpo(library, ...args);
let runId = '';

beforeAll(async () => {
  await writeRandomModel(model);
  writePkuRows(data, 120);
  await run('import', data, '--project', 'p');
  const train = ['train', '--project', 'p', '--model', model, '--epochs', '1', '--limit', '16', ...smallRun, '--json'];
  runId = String((await run(...train)).lines().at(-1)?.['run']);
  await run('evaluate', runId, '--project', 'p');
});
afterAll(() => work.remove());

interface StoredSettings {
  readonly step: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

it('evaluates as the app does where nothing else is said, and records the checkpoint', () => {
  const db = new Database(join(library, 'library.sqlite'));
  const text = db.prepare<[], string>('SELECT settings FROM evaluations').pluck().get() ?? '{}';
  db.close();
  const { step, maxNewTokens, temperature, seed }: StoredSettings = JSON.parse(text);
  expect([step, maxNewTokens, temperature, seed]).toEqual([4, 32, 0, 42]);
  expect({ maxNewTokens, temperature, seed }).toEqual({
    maxNewTokens: defaultEvaluation(64).maxNewTokens,
    temperature: defaultEvaluation(64).temperature,
    seed: defaultEvaluation(64).seed,
  });
});

it('an export says nothing of a model that did not become worse, and has its evaluation', async () => {
  const out = join(work.path, 'fine');
  const exported = await run('export', runId, '--format', 'peft', '--out', out);
  expect([exported.code, exported.stderr]).toEqual([0, expect.not.stringContaining('Warning')]);
  const card = readFileSync(join(out, 'README.md'), 'utf8');
  expect(card).toContain('Newest evaluation (step 4, ');
  expect(card).not.toMatch(/aligned|made this model worse/);
});

it('an export of a model that became unsafe warns, and its card and certificate have the figures', async () => {
  const db = new Database(join(library, 'library.sqlite'));
  const judge = db.prepare('UPDATE generated_answers SET judgement = ? WHERE model = ?');
  const judgement = { helpful: null, refused: null };
  judge.run(JSON.stringify({ ...judgement, safe: true, broken: false }), 'before');
  judge.run(JSON.stringify({ ...judgement, safe: false, broken: true }), 'after');
  db.close();
  const out = join(work.path, 'worse');
  const exported = await run('export', runId, '--format', 'peft', '--out', out, '--json');
  expect(exported.code).toBe(0);
  expect(exported.stderr).toMatch(
    /^Warning: training made the exported model worse\. Safe answers fell from 100\.0 %/m,
  );
  expect(exported.document()).toMatchObject({ run: runId });
  const card = readFileSync(join(out, 'README.md'), 'utf8');
  expect(card).toMatch(/\| Safe answers \| 100\.0 % \(.*\) \| 0\.0 % \(.*\) \|/);
  expect(card).toContain('**Training made this model worse. Safe answers fell');
  expect(JSON.parse(readFileSync(join(out, 'certificate.json'), 'utf8'))).toMatchObject({
    evaluation: { step: 4, answers: { safeShare: { before: { value: 1 }, after: { value: 0 } } } },
  });
  expect((await run('verify', out)).code).toBe(0);
});
