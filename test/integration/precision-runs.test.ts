import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { precisions } from '../../native-models/decoder/precision.ts';
import { referenceKey } from '../../native-models/engine/train/references.ts';
import { readSafetensorsHeader } from '../../native-models/formats/safetensors/read.ts';
import { killAndResume } from '../soak/kill-and-resume.ts';
import {
  blockSizes,
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
import { checkpointFolder, checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';
import { writeControl } from '../../native-models/protocol/run-folder/control.ts';
import type { TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';
import type { RunSettings } from '../../native-models/vocabulary/settings.ts';

const steps = 16;
let folder = '';
/** A run in float32 that the others are compared with. */
let exact = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'precision-runs-'));
  await writeRandomModel(join(folder, 'model'), blockSizes);
  exact = await trainedRun('float32', {});
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newRun(name: string, changes: Partial<RunSettings>): Promise<string> {
  const run = join(folder, name);
  await writeRun(run, join(folder, 'model'), changes);
  return run;
}

async function trainedRun(name: string, changes: Partial<RunSettings>): Promise<string> {
  const run = await newRun(name, changes);
  expect(await runEngine(run)).toMatchObject({ code: 0 });
  return run;
}

async function losses(run: string): Promise<readonly unknown[]> {
  return stepEvents(await readEvents(run)).map(({ loss }) => loss);
}

async function quantizedEvents(run: string): Promise<readonly TrainEvent[]> {
  return (await readEvents(run)).filter(({ event }) => event === 'quantized');
}

describe.each(['int4', 'float16'] as const)('a run in %s on the CPU', (precision) => {
  let whole = '';
  beforeAll(async () => {
    whole = await trainedRun(precision, { precision });
  });

  it('trains another model than float32 does, with losses near it', async () => {
    const [own, others] = [await losses(whole), await losses(exact)];
    expect(own).toHaveLength(steps);
    expect(own).not.toEqual(others);
    for (const [step, loss] of own.entries()) expect(loss).toBeCloseTo(Number(others[step]), 0);
  });

  it('stopped and killed, it ends with the bytes of one that nothing interrupts', async () => {
    const broken = await newRun(`${precision} broken`, { precision });
    const { ended } = startEngine(broken);
    while ((stepsOf(await readEvents(broken)).at(-1) ?? 0) < 2) await sleep(5);
    writeControl(broken, 'stop');
    expect(await ended).toMatchObject({ code: 130 });
    writeControl(broken, 'run');
    expect(await killAndResume(broken, steps, 1, 3)).toMatchObject({ end: { code: 0 } });
    expect(await finalHashes(broken)).toEqual(await finalHashes(whole));
    expect(await losses(broken)).toEqual(await losses(whole));
    expect(stepsOf(await readEvents(broken))).toEqual(numbersTo(steps));
    expect(await quantizedEvents(broken)).toEqual([]);
  });

  it('keeps the loss scale in its checkpoints, where there is one', async () => {
    const newest = checkpointFolder(whole, (await checkpointSteps(whole)).at(-1) ?? 0);
    const { tensors } = await readSafetensorsHeader(join(newest, 'optimizer.safetensors'));
    expect(tensors.some(({ name }) => name === 'loss_scale')).toBe(precision === 'float16');
  });
});

describe('the int4 weights of a library', () => {
  it('are made by the first run that needs them, with progress', async () => {
    const made = await quantizedEvents(join(folder, 'int4'));
    expect(made.length).toBeGreaterThan(14);
    expect(made.at(-1)).toMatchObject({ done: made.length, total: made.length });
  });

  it('are remade with the same bytes when damaged; leftovers of a killed engine are cleared', async () => {
    const cache = join(folder, 'cache');
    const name = (await readdir(cache)).find((file) => file.endsWith('.safetensors')) ?? '';
    const file = join(cache, name);
    const whole = await readFile(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([(whole.at(-1) ?? 0) ^ 1]), 0, 1, whole.length - 1);
    await handle.close();
    const leftover = await open(`${file}.4194305.partial`, 'w');
    await leftover.close();
    const again = await trainedRun('int4 again', { precision: 'int4' });
    expect(await quantizedEvents(again)).not.toEqual([]);
    expect(await readFile(file)).toEqual(whole);
    expect((await readdir(cache)).filter((entry) => entry.includes('partial'))).toEqual([]);
    expect(await finalHashes(again)).toEqual(await finalHashes(join(folder, 'int4')));
  });
});

it('reference log-probs of one precision are not taken for those of another', () => {
  const ids = { promptIds: [1], chosenIds: [2], rejectedIds: [3] };
  const keys = Object.values(precisions).map((precision) =>
    referenceKey('model', { provider: 'cuda', precision }, ids),
  );
  expect(new Set(keys).size).toBe(keys.length);
});
