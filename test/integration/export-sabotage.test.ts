import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exportRun, type ExportOptions, type ExportResult } from '../../main/exports/export-run.ts';
import { openLibrary, type Library } from '../../main/library/library.ts';
import { requireCheckpoint } from '../../main/runs/checkpoints.ts';
import { getRun } from '../../main/runs/runs.ts';
import { safedpo, smallRun, workFolder, writePkuRows } from './cli-harness.ts';
import { runEngine, writeRandomModel } from './engine-run.ts';

const work = workFolder();
const [libraryDir, model, data] = [
  join(work.path, 'library'),
  join(work.path, 'model'),
  join(work.path, 'pairs.jsonl'),
];
let library: Library;
let runId = '';
let folder = '';

beforeAll(async () => {
  await writeRandomModel(model, {}, 'bfloat16');
  writePkuRows(data, 60);
  await safedpo(libraryDir, 'import', data, '--project', 'p');
  const settings = ['--epochs', '1', ...smallRun, '--checkpoint-every', '2'];
  const trained = await safedpo(libraryDir, 'train', '--project', 'p', '--model', model, ...settings, '--json');
  runId = String(trained.lines().at(-1)?.['run']);
  library = openLibrary(libraryDir);
  ({ folder } = getRun(library, runId));
});
afterAll(() => {
  library.close();
  work.remove();
});

let count = 0;
function exported(options: Partial<ExportOptions> = {}): Promise<ExportResult> {
  return exportRun(library, runId, {
    format: 'safetensors',
    dtype: null,
    step: null,
    baseModel: null,
    out: join(work.path, `out-${count++}`),
    ...options,
  });
}

/** Changes a file for the time of a test. */
const restored: (() => void)[] = [];
function change(file: string, how: (file: string) => void): void {
  copyFileSync(file, `${file}.before`);
  restored.push(() => copyFileSync(`${file}.before`, file));
  how(file);
}
afterEach(() => {
  for (const restore of restored.splice(0)) restore();
  delete process.env['SAFEDPO_ENGINE_SCRIPT'];
});

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

const left = (): string[] => readdirSync(work.path).filter((name) => name.startsWith('out-') && name !== 'out-0');

it('an export that nobody tampered with passes', async () => {
  const { selfTest, certificate } = await exported();
  expect(selfTest.weights).toEqual({ tensors: 21, values: 1256, ofValues: 1256 });
  expect(selfTest.logProbs).toMatchObject({ heldOut: true, lostShare: expect.any(Number) });
  expect(certificate.checkpoint.step).toBe(certificate.checkpoint.ofSteps);
});

describe('an engine whose exports are wrong', () => {
  it.each([
    { sabotage: 'no-adapter', code: 'export-untrained' },
    { sabotage: 'one-unit', code: 'export-weights-wrong' },
  ])('$sabotage: refused, and nothing is kept', async ({ sabotage, code }) => {
    process.env['SAFEDPO_ENGINE_SCRIPT'] = fileURLToPath(new URL('./sabotaged-engine.ts', import.meta.url));
    process.env['SAFEDPO_SABOTAGE'] = sabotage;
    await expect(exported()).rejects.toMatchObject({ code });
    expect(left()).toEqual([]);
  });
});

describe('what a run was begun on', () => {
  const weights = join(model, 'model.safetensors');
  it.each([
    { what: 'weights', file: () => weights, code: 'model-changed' },
    { what: 'the template of the tokenizer', file: () => join(model, 'tokenizer_config.json'), code: 'model-changed' },
    { what: 'pairs', file: () => join(folder, 'pairs.jsonl'), code: 'snapshot-changed' },
    { what: 'held-out pairs', file: () => join(folder, 'heldout.jsonl'), code: 'snapshot-changed' },
  ])('$what changed since: neither exported nor evaluated nor trained on', async ({ file, code }) => {
    change(file(), flipBit);
    const refusal = {
      code,
      details: {
        file: file(),
        run: runId,
        expected: expect.stringMatching(/^[0-9a-f]{64}$/),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    };
    await expect(exported()).rejects.toMatchObject(refusal);
    await expect(requireCheckpoint(getRun(library, runId), null)).rejects.toMatchObject(refusal);
    const { stdout } = await runEngine(folder);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: refusal });
    expect(left()).toEqual([]);
  });

  it('a template added since is a change too', async () => {
    const added = join(model, 'chat_template.jinja');
    restored.push(() => rmSync(added));
    writeFileSync(added, '{{ messages[0].content }}');
    await expect(requireCheckpoint(getRun(library, runId), null)).rejects.toMatchObject({
      code: 'model-changed',
      details: { file: added, expected: null },
    });
  });
});

describe('a checkpoint with a flipped bit', () => {
  const damage = (step: number): string => {
    const file = join(folder, 'checkpoints', `step-${step}`, 'adapter.safetensors');
    change(file, flipBit);
    return file;
  };
  const steps = (): number[] =>
    readdirSync(join(folder, 'checkpoints'))
      .map((name) => Number(name.slice(5)))
      .toSorted((a, b) => b - a);

  it('is told with file and hashes, and no earlier one takes its place unasked', async () => {
    const [newest = 0, earlier = 0] = steps();
    const file = damage(newest);
    await expect(exported()).rejects.toMatchObject({
      code: 'checkpoint-damaged',
      message: expect.stringContaining(file),
      details: {
        step: newest,
        whole: expect.arrayContaining([earlier]),
        expected: expect.any(String),
        sha256: expect.any(String),
      },
    });
    const { out, certificate } = await exported({ step: earlier });
    expect(certificate).toMatchObject({ checkpoint: { step: earlier, ofSteps: newest }, result: null });
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(`Exported from step ${earlier} of ${newest}`);
  });

  it('is no missing one, where all are damaged', async () => {
    for (const step of steps()) damage(step);
    await expect(exported()).rejects.toMatchObject({ code: 'checkpoint-damaged', details: { whole: [] } });
  });

  it('of a step that was not kept is told with those that were', async () => {
    await expect(exported({ step: 99 })).rejects.toMatchObject({
      code: 'checkpoint-not-kept',
      details: { steps: steps().toReversed() },
    });
  });
});
