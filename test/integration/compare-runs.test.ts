import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { safedpo, smallRun, workFolder, writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';

const work = workFolder();
const [library, model, data] = [join(work.path, 'library'), join(work.path, 'model'), join(work.path, 'pairs.jsonl')];
const run = (...args: string[]) => safedpo(library, ...args);
const ids: string[] = [];

beforeAll(async () => {
  await writeRandomModel(model);
  writePkuRows(data, 120);
  await run('import', data, '--project', 'p');
  const train = ['train', '--project', 'p', '--model', model, '--epochs', '1', '--limit', '16', ...smallRun, '--json'];
  for (let made = 0; made < 2; made += 1) ids.push(String((await run(...train)).lines().at(-1)?.['run']));
});
afterAll(() => work.remove());

it('refuses a run that is named twice', async () => {
  const [first = '', second = ''] = ids;
  const compared = await run('compare', first, second, first, '--json');
  expect([compared.code, compared.document()]).toMatchObject([
    2,
    { error: { code: 'compare-same-run', details: { run: first } } },
  ]);
});

it('shows the held-out preferences that an evaluation measured for a run that never came to its end', async () => {
  const [first = '', second = ''] = ids;
  const metrics = join(library, 'runs', first, 'metrics.jsonl');
  const lines = readFileSync(metrics, 'utf8').split('\n');
  writeFileSync(metrics, lines.filter((line) => !line.includes('"event":"done"')).join('\n'));
  const heldOut = async () => JSON.parse((await run('compare', first, second, '--json')).stdout)[0].heldOut;
  expect(await heldOut()).toBeNull();
  await run('evaluate', first, '--project', 'p', '--max-prompts', '0');
  expect(await heldOut()).toMatchObject({ after: { pairs: 11, 'rewards/accuracies': expect.any(Number) } });
});
