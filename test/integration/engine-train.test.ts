import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAll } from '../soak/kill-and-resume.ts';
import {
  checkpointFolder,
  checkpointSteps,
  verifyCheckpoint,
} from '../../native-models/protocol/run-folder/checkpoint.ts';
import type { ObjectiveName } from '../../native-models/vocabulary/objectives.ts';
import { numbersTo, readEvents, runEngine, stepEvents, stepsOf, writeRandomModel, writeRun } from './engine-run.ts';
import type { RunSettings } from '../../native-models/vocabulary/settings.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-'));
  await writeRandomModel(join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newRun(name: string, changes: Partial<RunSettings> = {}, pairs = 24): Promise<string> {
  const run = join(folder, name);
  await writeRun(run, join(folder, 'model'), changes, pairs);
  return run;
}

async function status(run: string): Promise<{ readonly [field: string]: unknown }> {
  return JSON.parse(await readFile(join(run, 'status.json'), 'utf8'));
}

describe('a run to its end', () => {
  it('lowers the loss, reports every step and the end, and keeps its last and its best checkpoint', async () => {
    const run = await newRun('whole', { epochs: 10, learningRate: 0.02 });
    expect(await runEngine(run)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    const events = await readEvents(run);
    expect(stepsOf(events)).toEqual(numbersTo(80));
    const losses = stepEvents(events).map(({ loss }) => loss ?? Number.NaN);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-8))).toBeLessThan(0.7 * mean(losses.slice(0, 8)));
    const done = events.at(-1);
    expect(done).toMatchObject({
      event: 'done',
      steps: 80,
      provider: 'cpu',
      heldOut: { before: { 'rewards/accuracies': 0.5, 'rewards/margins': 0, pairs: 6 }, after: { pairs: 6 } },
    });
    const positive = expect.toSatisfy((value: number) => value > 0);
    expect(done).toMatchObject({
      seconds: positive,
      pairsPerSecond: positive,
      tokensPerSecond: positive,
      peakMemoryBytes: positive,
    });
    expect(await status(run)).toMatchObject({ state: 'done', step: 80, totalSteps: 80, error: null });
    const kept = await checkpointSteps(run);
    const margins = events.flatMap((event) =>
      event.event === 'checkpoint' && event.heldOutMargin !== null
        ? [{ step: event.step, heldOutMargin: event.heldOutMargin }]
        : [],
    );
    const best = margins.reduce((widest, margin) => (margin.heldOutMargin >= widest.heldOutMargin ? margin : widest));
    expect(new Set(kept)).toEqual(new Set([best.step, 80]));
    expect(await verifyCheckpoint(checkpointFolder(run, 80))).toMatchObject({ step: 80, adapter: true });
  });

  it('the first step starts from the reference: no reward, and the loss that follows from delta', async () => {
    const run = await newRun('start', { delta: 5 });
    await runEngine(run);
    const [first] = stepEvents(await readEvents(run));
    expect(first?.['rewards/margins']).toBeCloseTo(0, 5);
    expect(first?.['safe_unsafe/loss']).toBeCloseTo(5.006_715, 4);
    expect(first?.learning_rate).toBe(0);
  });

  it.each<ObjectiveName>(['dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft'])(
    '%s trains',
    async (objective) => {
      const run = await newRun(objective, { objective, labelSmoothing: 0.1, epochs: 10, learningRate: 0.02 });
      expect(await runEngine(run)).toMatchObject({ code: 0 });
      const losses = stepEvents(await readEvents(run)).map(({ loss }) => loss ?? Number.NaN);
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(losses).toHaveLength(80);
      expect(mean(losses.slice(-8))).toBeLessThan(mean(losses.slice(0, 8)));
    },
  );

  it('a part of an epoch is that part of its steps', async () => {
    const run = await newRun('part', { epochs: 0.5 });
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    expect(stepsOf(await readEvents(run))).toEqual(numbersTo(4));
  });
});

describe('reference log-probs', () => {
  const lines = async (run: string): Promise<readonly string[]> =>
    (await readFile(join(run, 'reference.jsonl'), 'utf8')).split('\n').filter((line) => line !== '');
  const told = async (run: string): Promise<unknown> =>
    (await readEvents(run)).findLast(({ event }) => event === 'reference');

  it('cover the pairs of a partial epoch and the held-out pairs; a longer run adds the rest', async () => {
    const [half, whole] = [await newRun('half', { epochs: 0.5 }), await newRun('whole epoch', { epochs: 1 })];
    expect(await runEngine(half)).toMatchObject({ code: 0 });
    expect(await told(half)).toMatchObject({ done: 18, total: 18 });
    expect(await lines(half)).toHaveLength(18);
    // What the services do with references that an earlier run computed.
    await copyFile(join(half, 'reference.jsonl'), join(whole, 'reference.jsonl'));
    expect(await runEngine(whole)).toMatchObject({ code: 0 });
    expect(await told(whole)).toMatchObject({ done: 30, total: 30 });
    expect((await lines(whole)).slice(0, 18)).toEqual(await lines(half));
    expect(await lines(whole)).toHaveLength(30);
  });

  it('are those of the held-out pairs alone where the objective looks at none', async () => {
    const run = await newRun('sft references', { objective: 'sft' });
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    expect(await told(run)).toMatchObject({ done: 6, total: 6 });
  });
});

describe('a run that cannot go on', () => {
  it('diverged: the failure is named and no checkpoint holds anything but numbers', async () => {
    const run = await newRun('diverged', {
      learningRate: 1e37,
      weightDecay: 0,
      warmupShare: 0,
      checkpointEverySteps: 1,
    });
    const { code, stdout } = await runEngine(run);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'training-diverged' }, exitCode: 1 });
    expect((await readEvents(run)).at(-1)).toMatchObject({ event: 'error', error: { code: 'training-diverged' } });
    expect(await status(run)).toMatchObject({ state: 'failed', error: { code: 'training-diverged' } });
    const steps = await checkpointSteps(run);
    expect(await verifyAll(run)).toBe(steps.length);
    for (const step of steps)
      expect((await verifyCheckpoint(checkpointFolder(run, step))).heldOutMargin).toBeTypeOf('number');
  });

  it('diverged after good steps: the run resumes from the last good checkpoint with a lower rate', async () => {
    const run = await newRun('recovers', { schedule: 'constant', warmupShare: 0 });
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const job = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
    const withRate = (learningRate: number): Promise<void> =>
      writeFile(
        join(run, 'run.json'),
        JSON.stringify({ ...job, settings: { ...job.settings, epochs: 4, learningRate } }),
      );
    await withRate(1e38);
    const { stdout } = await runEngine(run);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'training-diverged' } });
    expect((await checkpointSteps(run)).at(-1)).toBe(16);
    await withRate(0.01);
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    expect(stepsOf(await readEvents(run))).toEqual(numbersTo(32));
  });

  it.each([
    {
      what: 'checkpoints that are no folder',
      damage: (run: string) => writeFile(join(run, 'checkpoints'), ''),
      expected: 'folder-not-writable',
    },
    {
      what: 'a run.json that is no JSON',
      damage: (run: string) => writeFile(join(run, 'run.json'), '{'),
      expected: 'run-folder-invalid',
    },
    {
      what: 'a run.json without settings',
      damage: (run: string) => writeFile(join(run, 'run.json'), '{"id":"x"}'),
      expected: 'run-folder-invalid',
    },
    {
      what: 'no run folder at all',
      damage: (run: string) => rm(run, { recursive: true }),
      expected: 'run-folder-invalid',
    },
    { what: 'a pair that is no JSON', damage: (run: string) => begunOn(run, 'pair\n'), expected: 'snapshot-invalid' },
    {
      what: 'a pair without a prompt',
      damage: (run: string) => begunOn(run, '{"chosen":"a","rejected":"b"}\n'),
      expected: 'snapshot-invalid',
    },
    { what: 'no pairs', damage: (run: string) => begunOn(run, ''), expected: 'no-training-pairs' },
    {
      what: 'pairs other than those it was begun on',
      damage: (run: string) => writeFile(join(run, 'pairs.jsonl'), ''),
      expected: 'snapshot-changed',
    },
  ])('$what: $expected, exit 2', async ({ what, damage, expected }) => {
    const run = await newRun(what);
    await damage(run);
    const { code, stdout } = await runEngine(run);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: { code: expected }, exitCode: 2 });
    expect(code).toBe(2);
  });
});

/** A run whose pairs were such from its beginning. */
async function begunOn(run: string, pairs: string): Promise<void> {
  const job = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
  await writeFile(join(run, 'pairs.jsonl'), pairs);
  await writeFile(
    join(run, 'run.json'),
    JSON.stringify({ ...job, snapshot: { ...job.snapshot, sha256: createHash('sha256').update(pairs).digest('hex') } }),
  );
}
