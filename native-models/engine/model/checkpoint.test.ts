import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutParameters } from '../../parameters/parameters.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import {
  checkpointFolder,
  checkpointSteps,
  clearPartialCheckpoints,
  keepCheckpoints,
  lastGoodCheckpoint,
  readPosition,
  verifyCheckpoint,
} from '../../protocol/run-folder/checkpoint.ts';

const layout = layoutParameters([
  { name: 'a', shape: [2, 2], decays: true },
  { name: 'b', shape: [3], decays: false },
]);
const numbers = (from: number): Float32Array =>
  Float32Array.from({ length: layout.size }, (_, index) => from + index / 3);
const state = { parameters: numbers(1), firstMoment: numbers(2), secondMoment: numbers(3), lossScale: null };
const position = (step: number) => ({ step, epoch: 0, stepInEpoch: step, seed: 7, adapter: true, heldOutMargin: 0.25 });

let run = '';
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const write = (step: number): Promise<string> => writeCheckpoint(run, layout, state, position(step));

describe('a checkpoint', () => {
  it('is read back bit for bit', async () => {
    const folder = await write(4);
    expect(folder).toBe(checkpointFolder(run, 4));
    expect((await readdir(folder)).sort()).toEqual([
      'adapter.safetensors',
      'manifest.json',
      'optimizer.safetensors',
      'state.json',
    ]);
    expect(await readCheckpoint(folder, layout)).toEqual({ state, position: position(4) });
  });

  it('keeps the loss scale with the optimiser', async () => {
    const scaled = { ...state, lossScale: { scale: 2 ** 14, goodUpdates: 17 } };
    const folder = await writeCheckpoint(run, layout, scaled, position(5));
    expect((await readCheckpoint(folder, layout)).state).toEqual(scaled);
  });

  it('tells its position without reading what it holds', async () => {
    const folder = await write(4);
    await rm(join(folder, 'adapter.safetensors'));
    await rm(join(folder, 'optimizer.safetensors'));
    expect(await readPosition(folder)).toEqual(position(4));
    await writeFile(join(folder, 'state.json'), '{}');
    await expect(readPosition(folder)).rejects.toMatchObject({ code: 'checkpoint-damaged', details: { folder } });
  });

  it('replaces one of the same step', async () => {
    const folder = await write(4);
    await appendFile(join(folder, 'optimizer.safetensors'), 'x');
    await write(4);
    expect(await verifyCheckpoint(folder)).toEqual(position(4));
  });

  it.each([
    { file: 'adapter.safetensors', damage: (path: string) => appendFile(path, 'x') },
    { file: 'state.json', damage: (path: string) => writeFile(path, '{}') },
    { file: 'optimizer.safetensors', damage: (path: string) => rm(path) },
    { file: 'manifest.json', damage: (path: string) => rm(path) },
    { file: 'manifest.json', damage: (path: string) => writeFile(path, '{"files":') },
  ])('with a damaged $file is named and passed over', async ({ file, damage }) => {
    const good = await write(2);
    const folder = await write(4);
    await damage(join(folder, file));
    await expect(verifyCheckpoint(folder)).rejects.toMatchObject({ code: 'checkpoint-damaged', details: { folder } });
    const passed: string[] = [];
    expect(await lastGoodCheckpoint(run, (path) => passed.push(path))).toBe(good);
    expect(passed).toEqual([folder]);
  });

  it('of other settings is refused by the tensor it lacks', async () => {
    const folder = await write(4);
    const other = layoutParameters([{ name: 'c', shape: [7], decays: true }]);
    await expect(readCheckpoint(folder, other)).rejects.toMatchObject({
      code: 'checkpoint-damaged',
      details: { tensor: 'c' },
    });
  });
});

describe('the checkpoints of a run', () => {
  it('are counted by number; the wanted ones stay', async () => {
    expect(await checkpointSteps(run)).toEqual([]);
    expect(await lastGoodCheckpoint(run, () => {})).toBeNull();
    for (const step of [9, 10, 100]) await write(step);
    expect(await checkpointSteps(run)).toEqual([9, 10, 100]);
    await keepCheckpoints(run, new Set([9, 100]));
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-100', 'step-9']);
  });

  it('what a kill left is no checkpoint and goes', async () => {
    const folder = await write(3);
    await writeFile(join(run, 'checkpoints', 'partial-6'), '');
    expect(await checkpointSteps(run)).toEqual([3]);
    await clearPartialCheckpoints(run);
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-3']);
    expect(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'))).toEqual(position(3));
  });

  it('cannot be written where their folder is a file', async () => {
    await writeFile(join(run, 'checkpoints'), '');
    await expect(write(1)).rejects.toMatchObject({ kind: 'input', code: 'folder-not-writable' });
    await expect(checkpointSteps(run)).rejects.toMatchObject({ code: 'folder-not-writable' });
  });
});
