import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { safedpo, smallRun, workFolder, writePkuRows } from './cli-harness.ts';
import { blockSizes, writeRandomModel } from './engine-run.ts';

const work = workFolder();
const [library, model, data] = ['library', 'model', 'pairs.jsonl'].map((name) => join(work.path, name));
const run = (...args: string[]) => safedpo(String(library), ...args);
const train = (precision: string, ...more: string[]) =>
  run(
    'train',
    '--project',
    'demo',
    '--model',
    String(model),
    '--precision',
    precision,
    '--epochs',
    '1',
    '--limit',
    '24',
    ...smallRun,
    ...more,
    '--json',
  );
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

let [int4, float32] = ['', ''];
let profiled: { readonly [field: string]: unknown } = {};
beforeAll(async () => {
  await writeRandomModel(String(model), blockSizes);
  writePkuRows(String(data), 60);
  await run('import', String(data), '--project', 'demo');
  profiled = (await train('int4', '--profile')).lines().at(-1) ?? {};
  int4 = String(profiled['run']);
  float32 = String((await train('auto')).lines().at(-1)?.['run']);
});
afterAll(() => work.remove());

it('run.json says which precision was asked for, what it came to, and why', () => {
  expect(readJson(String(library), 'runs', int4, 'run.json')).toMatchObject({
    settings: { precision: 'int4' },
    precision: {
      name: 'int4',
      storage: 'int4',
      compute: 'float32',
      lossScaling: false,
      reason: expect.stringContaining('float32 on cpu'),
    },
  });
  expect(readJson(String(library), 'runs', float32, 'run.json')).toMatchObject({
    settings: { precision: 'auto' },
    precision: { name: 'float32', storage: 'as stored', reason: expect.stringContaining('CPU') },
  });
  expect(readdirSync(join(String(library), 'cache')).filter((name) => name.endsWith('.safetensors'))).toHaveLength(1);
});

it('--profile shows where the time of a step went, and keeps it in the run folder', () => {
  expect(profiled['profile']).toMatchObject({
    provider: 'cpu',
    precision: 'int4',
    parts: expect.arrayContaining([expect.objectContaining({ part: 'feed forward' })]),
    operators: expect.arrayContaining([expect.objectContaining({ operator: 'DequantizeLinear' })]),
  });
  expect(readJson(String(library), 'runs', int4, 'profile.json')).toMatchObject({ precision: 'int4' });
});

it('score and evaluate look at the model as it was trained', async () => {
  const rows = join(work.path, 'rows.jsonl');
  writeFileSync(rows, '{"prompt":"abc","completion":"de"}\n');
  const [asTrained, plain] = [(await run('score', int4, rows)).lines(), (await run('score', float32, rows)).lines()];
  expect(Math.abs(Number(asTrained[0]?.['logp']) - Number(plain[0]?.['logp']))).toBeGreaterThan(1e-4);
  const evaluated = await run(
    'evaluate',
    int4,
    '--project',
    'demo',
    '--max-prompts',
    '1',
    '--max-new-tokens',
    '2',
    '--judge',
    'refusal',
    '--json',
  );
  expect(evaluated.document()).toMatchObject({
    heldOut: { before: { 'rewards/accuracies': 0.5 }, after: { pairs: expect.any(Number) } },
  });
});

it('exports the adapter over the full weights, tests that like with like, and certifies the precision', async () => {
  const out = join(work.path, 'exported');
  const exported = await run('export', int4, '--format', 'safetensors', '--out', out, '--json');
  const small = expect.toSatisfy((difference: number) => difference < 1e-3);
  expect(exported.document()).toMatchObject({
    selfTest: {
      logProbs: { exportedFromTrained: small, lostShare: small },
      weights: { values: 19616, ofValues: 19616 },
    },
  });
  expect(readJson(out, 'certificate.json')).toMatchObject({
    precision: { name: 'int4', storage: 'int4', compute: 'float32' },
  });
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('rounded to int4 blocks');
});

it.each([
  { precision: 'bfloat16', options: [], remedy: 'float32' },
  { precision: 'int4', options: ['--full'], remedy: 'train an adapter' },
])('$precision $options is refused before the run, with what to choose', async ({ precision, options, remedy }) => {
  const refused = await run(
    'train',
    '--project',
    'demo',
    '--model',
    String(model),
    '--precision',
    precision,
    '--provider',
    'cpu',
    '--max-length',
    '32',
    ...options,
    '--json',
  );
  expect(refused.code).toBe(2);
  expect(refused.document()).toMatchObject({
    error: { code: 'precision-unavailable', message: expect.stringContaining(remedy) },
  });
  expect(readdirSync(join(String(library), 'runs')).sort()).toEqual([int4, float32].sort());
});
