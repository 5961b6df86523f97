import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeProfile } from '../../main/hosts/cli/profile-text.ts';
import { finalHashes, readEvents, runEngine, writeRandomModel, writeRun } from './engine-run.ts';
import { type StepProfile, stepProfile } from '../../native-models/protocol/run-folder/profile.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-runs-'));
  await writeRandomModel(join(folder, 'model'));
  await writeRun(join(folder, 'plain'), join(folder, 'model'));
  expect(await runEngine(join(folder, 'plain'))).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const trained = ['attention', 'feed forward', 'adapters', 'head', 'loss', 'optimiser'];

it.each([
  { name: 'one step a run', changes: { keptLayers: 1 }, deviceLoop: false },
  { name: 'two micro-batches a step', changes: { accumulate: 2 }, deviceLoop: false },
  { name: 'several steps per run', changes: {}, deviceLoop: true },
])('a run with a profile says where its time went, part by part: $name', async ({ name, changes, deviceLoop }) => {
  const run = join(folder, name);
  await writeRun(run, join(folder, 'model'), changes, 24, { profile: true, deviceLoop });
  expect(await runEngine(run)).toMatchObject({ code: 0 });
  const profile: StepProfile = stepProfile.parse(JSON.parse(await readFile(join(run, 'profile.json'), 'utf8')));
  expect(profile).toMatchObject({
    provider: 'cpu',
    precision: 'float32',
    cpuNodesForbidden: null,
    hostCopies: { nodes: 0 },
    cpuNodes: { share: 1 },
  });
  for (const part of trained) expect(profile.parts.find((row) => row.part === part)?.share, part).toBeGreaterThan(0);
  for (const part of ['attention', 'feed forward', 'adapters'])
    expect(
      profile.parts.find((row) => row.part === part),
      part,
    ).toMatchObject({
      forwardMilliseconds: expect.toSatisfy(Number.isFinite),
      backwardMilliseconds: expect.toSatisfy((time: number) => time > 0),
    });
  for (const rows of [profile.parts, profile.operators])
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
  expect(profile.runMilliseconds).toBeGreaterThan(profile.nodeMilliseconds);
  expect((await readEvents(run)).slice(-2).map(({ event }) => event)).toEqual(['profile', 'done']);
  expect((await readdir(run)).filter((file) => file.startsWith('profile'))).toEqual(['profile.json']);
  expect(describeProfile(profile)).toContain('feed forward');
});

it('profiling changes nothing of what is trained', async () => {
  expect(await finalHashes(join(folder, 'several steps per run'))).toEqual(await finalHashes(join(folder, 'plain')));
});
