import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAndResume, verifyAll } from '../soak/kill-and-resume.ts';
import {
  type EngineEnd,
  finalHashes,
  numbersTo,
  readEvents,
  runEngine,
  startEngine,
  stepEvents,
  stepsOf,
  writeRandomModel,
  writeRun,
} from './engine-run.ts';
import { writeControl } from '../../native-models/protocol/run-folder/control.ts';
import { largestOf } from '../../native-models/extremes.ts';
import { checkpointFolder, checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';
import type { RunSettings } from '../../native-models/vocabulary/settings.ts';

const long = { epochs: 8 };
const longSteps = 64;

let folder = '';
/** A long run that nothing interrupts. */
let whole = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-'));
  await writeRandomModel(join(folder, 'model'));
  whole = await newRun('whole', long);
  expect(await runEngine(whole)).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newRun(
  name: string,
  changes: Partial<RunSettings> = {},
  pairs = 24,
  deviceLoop = false,
): Promise<string> {
  const run = join(folder, name);
  await writeRun(run, join(folder, 'model'), changes, pairs, { deviceLoop });
  return run;
}

/** Starts the engine, calls `act` once `step` steps are done, and waits for its end. */
async function actAfter(run: string, step: number, act: () => Promise<void> | void): Promise<EngineEnd> {
  const { ended } = startEngine(run);
  while ((stepsOf(await readEvents(run)).at(-1) ?? 0) < step) await sleep(5);
  await act();
  return ended;
}

describe('a run that is interrupted ends with the bytes of one that is not', () => {
  it.each([
    { kind: 'full', changes: { ...long, lora: null, learningRate: 0.001 } },
    { kind: 'LoRA, three micro-batches a step', changes: { epochs: 24, accumulate: 3 } },
  ])('killed three times: $kind', async ({ kind, changes }) => {
    const [reference, killed] = [await newRun(`${kind} whole`, changes), await newRun(`${kind} killed`, changes)];
    expect(await runEngine(reference)).toMatchObject({ code: 0 });
    const totalSteps = stepsOf(await readEvents(reference)).length;
    const { killedAt, verified, end } = await killAndResume(killed, totalSteps, 3, 7);
    expect(end).toMatchObject({ code: 0 });
    expect(killedAt).toHaveLength(3);
    expect(verified).toBeGreaterThan(3);
    expect(await finalHashes(killed)).toEqual(await finalHashes(reference));
    expect(stepsOf(await readEvents(killed))).toEqual(numbersTo(totalSteps));
    expect((await readEvents(killed)).filter(({ event }) => event === 'done')).toHaveLength(1);
  });

  it('killed, part of an epoch', async () => {
    const changes = { epochs: 0.5 };
    const [reference, killed] = [await newRun('part whole', changes, 300), await newRun('part killed', changes, 300)];
    expect(await runEngine(reference)).toMatchObject({ code: 0 });
    expect(await killAndResume(killed, 50, 2, 3)).toMatchObject({ end: { code: 0 } });
    expect(await finalHashes(killed)).toEqual(await finalHashes(reference));
    expect((await readEvents(killed)).findLast(({ event }) => event === 'reference')).toMatchObject({ total: 156 });
  });

  it('killed, with several steps in one run of the graph: the bytes of a run with one', async () => {
    const looped = await newRun('looped', long, 24, true);
    expect(await killAndResume(looped, longSteps, 2, 5)).toMatchObject({ end: { code: 0 } });
    expect(await finalHashes(looped)).toEqual(await finalHashes(whole));
    const metrics = async (run: string) =>
      stepEvents(await readEvents(run)).map(({ step, loss, grad_norm: norm }) => ({ step, loss, norm }));
    expect(await metrics(looped)).toEqual(await metrics(whole));
  });

  it('stopped by control.json or a signal: exit 130, a checkpoint of that step, and resumable from it', async () => {
    const stopped = await newRun('stopped', long);
    expect(await actAfter(stopped, 5, async () => writeControl(stopped, 'stop'))).toMatchObject({ code: 130 });
    const at = stepsOf(await readEvents(stopped)).at(-1) ?? 0;
    expect((await checkpointSteps(stopped)).at(-1)).toBe(at);
    expect((await readEvents(stopped)).at(-1)).toEqual({ event: 'stopped' });
    expect(await runEngine(stopped)).toMatchObject({ code: 130 });
    expect(stepsOf(await readEvents(stopped)).at(-1)).toBe(at);

    writeControl(stopped, 'run');
    const { child, ended } = startEngine(stopped);
    while ((stepsOf(await readEvents(stopped)).at(-1) ?? 0) < at + 3) await sleep(5);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: { code: 'run-stopped' }, exitCode: 130 });
    expect(await runEngine(stopped)).toMatchObject({ code: 0 });
    expect(await finalHashes(stopped)).toEqual(await finalHashes(whole));
    expect(stepsOf(await readEvents(stopped))).toEqual(numbersTo(longSteps));
  });

  it('paused: no step is done meanwhile, and it goes on when told', async () => {
    const paused = await newRun('paused', long);
    const { ended } = startEngine(paused);
    while ((stepsOf(await readEvents(paused)).at(-1) ?? 0) < 5) await sleep(5);
    writeControl(paused, 'pause');
    let seen = -1;
    for (
      let now = stepsOf(await readEvents(paused)).length;
      now !== seen;
      now = stepsOf(await readEvents(paused)).length
    ) {
      seen = now;
      await sleep(400);
    }
    expect(seen).toBeGreaterThanOrEqual(5);
    expect(seen).toBeLessThan(longSteps);
    expect(largestOf(await checkpointSteps(paused)), 'a pause leaves a checkpoint').toBe(seen);
    writeControl(paused, 'run');
    expect(await ended).toMatchObject({ code: 0 });
    expect(await finalHashes(paused)).toEqual(await finalHashes(whole));
    expect(stepsOf(await readEvents(paused))).toEqual(numbersTo(longSteps));
  });
});

describe('what a run goes on from', () => {
  it('a damaged newest checkpoint is passed over, and what a kill left half done is cleared away', async () => {
    const run = await newRun('damaged', long);
    expect(await actAfter(run, 10, async () => writeControl(run, 'stop'))).toMatchObject({ code: 130 });
    writeControl(run, 'run');
    expect(await actAfter(run, 20, async () => writeControl(run, 'stop'))).toMatchObject({ code: 130 });
    writeControl(run, 'run');
    const steps = await checkpointSteps(run);
    const newest = checkpointFolder(run, steps.at(-1) ?? 0);
    await appendFile(join(newest, 'adapter.safetensors'), 'x');
    await writeFile(join(run, 'checkpoints', 'partial-99'), 'half');
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const alarm = (await readEvents(run)).find(({ event }) => event === 'alarm');
    expect(alarm).toMatchObject({
      code: 'checkpoint-damaged',
      step: steps.at(-2),
      message: expect.stringContaining(`${join(newest, 'adapter.safetensors')} is damaged: its SHA-256 is `),
    });
    expect(await finalHashes(run)).toEqual(await finalHashes(whole));
    expect(stepsOf(await readEvents(run))).toEqual(numbersTo(longSteps));
    expect((await readdir(join(run, 'checkpoints'))).filter((name) => !name.startsWith('step-'))).toEqual([]);
    expect(await verifyAll(run)).toBeGreaterThan(0);
  });

  it('with no whole checkpoint left it begins again', async () => {
    const run = await newRun('all damaged');
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const first = await finalHashes(run);
    for (const step of await checkpointSteps(run)) await rm(join(checkpointFolder(run, step), 'optimizer.safetensors'));
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    expect(await finalHashes(run)).toEqual(first);
    expect(stepsOf(await readEvents(run))).toEqual(numbersTo(16));
  });

  it('killed between its last checkpoint and its end, it still gives the whole last line', async () => {
    const run = await newRun('late kill');
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const events = await readEvents(run);
    const done = events.find((event) => event.event === 'done');
    const cut = events.slice(0, -1).map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(join(run, 'metrics.jsonl'), `${cut.join('')}{"event":"done","heldOut":{"before":{}`);
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const again = (await readEvents(run)).find((event) => event.event === 'done');
    expect(again).toEqual({ ...done, peakMemoryBytes: again?.peakMemoryBytes });
    expect(again?.metrics).toHaveProperty(['rewards/margins']);
    expect(stepsOf(await readEvents(run))).toEqual(numbersTo(16));
  });
});
