import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readRunSamples } from '../../native-models/protocol/run-folder/samples.ts';
import { runEngine, writeRandomModel, writeRun } from './engine-run.ts';

/** Makes a run folder one whose project holds no pairs out. */
async function holdNothingOut(folder: string): Promise<void> {
  const file = join(folder, 'run.json');
  const job = z.looseObject({ snapshot: z.looseObject({}) }).parse(JSON.parse(await readFile(file, 'utf8')));
  const heldOutSha256 = createHash('sha256').update('').digest('hex');
  await writeFile(join(folder, 'heldout.jsonl'), '');
  await writeFile(file, JSON.stringify({ ...job, snapshot: { ...job.snapshot, heldOutSha256, heldOutPairs: 0 } }));
}

describe('answers while a run trains', () => {
  let root: string;
  let run: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'safedpo-samples-'));
    run = join(root, 'run');
    await writeRandomModel(join(root, 'model'));
    await writeRun(run, join(root, 'model'), { checkpointEverySteps: 8, learningRate: 0.05 });
    expect((await runEngine(run)).code).toBe(0);
  }, 60_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('the first four held-out prompts are answered before training and at each checkpoint', async () => {
    const samples = await readRunSamples(run);
    expect(samples.map(({ step }) => step)).toEqual([0, 8, 16].flatMap((step) => [step, step, step, step]));
    const heldOut = (await readFile(join(run, 'heldout.jsonl'), 'utf8'))
      .split('\n')
      .slice(0, 4)
      .map((line) => JSON.parse(line).prompt[0].content);
    expect(samples.slice(8).map(({ prompt }) => prompt)).toEqual(heldOut);
    expect(samples.slice(8).map(({ text }) => text)).not.toEqual(samples.slice(0, 4).map(({ text }) => text));
  });

  test('a run that goes on from an older checkpoint drops what came after, and answers the same again', async () => {
    const before = await readFile(join(run, 'samples.jsonl'), 'utf8');
    await rm(join(run, 'checkpoints/step-16'), { recursive: true });
    await writeFile(join(run, 'samples.jsonl'), `${before}{"step":17,"prompt":"cut`);
    expect((await runEngine(run)).code).toBe(0);
    expect(await readFile(join(run, 'samples.jsonl'), 'utf8')).toBe(before);
  }, 60_000);

  test('with nothing held out the training prompts are taken, but not where only answers are learnt', async () => {
    for (const [objective, count] of [
      ['safedpo', 4],
      ['sft', 0],
    ] as const) {
      const folder = join(root, objective);
      await writeRun(folder, join(root, 'model'), { objective, epochs: 0.1 });
      await holdNothingOut(folder);
      expect((await runEngine(folder)).code).toBe(0);
      expect((await readRunSamples(folder)).filter(({ step }) => step === 0)).toHaveLength(count);
    }
  }, 60_000);
});
