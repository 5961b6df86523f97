import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endSilentEngine, engineHolding } from '../../main/runs/engine-holder.ts';
import { finalHashes, numbersTo, readEvents, runEngine, startEngine, stepsOf, writeRandomModel, writeRun } from './engine-run.ts';

let folder = '';
/** What a run that nobody disturbs comes to. */
let undisturbed: Awaited<ReturnType<typeof finalHashes>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-lock-'));
  await writeRandomModel(join(folder, 'model'));
  const run = await newRun('undisturbed');
  expect(await runEngine(run)).toMatchObject({ code: 0 });
  undisturbed = await finalHashes(run);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newRun(name: string): Promise<string> {
  const run = join(folder, name);
  await writeRun(run, join(folder, 'model'), { epochs: 8 });
  return run;
}

async function untilStep(run: string, step: number): Promise<void> {
  while ((stepsOf(await readEvents(run)).at(-1) ?? 0) < step) await sleep(5);
}

it('a second engine on a run is refused by name, and the first one ends as if nothing had been', async () => {
  const run = await newRun('two engines');
  const first = startEngine(run);
  await untilStep(run, 2);
  process.kill(first.child.pid ?? 0, 'SIGSTOP');
  const second = await runEngine(run);
  expect(second.code).toBe(2);
  expect(second.stdout).toContain('"code":"run-is-active"');
  expect(engineHolding(run)).toBe(first.child.pid);
  process.kill(first.child.pid ?? 0, 'SIGCONT');
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(engineHolding(run)).toBeNull();
  expect(stepsOf(await readEvents(run))).toEqual(numbersTo(64));
  expect(await finalHashes(run)).toEqual(undisturbed);
}, 60_000);

it.runIf(process.platform === 'linux')('an engine that is held still is ended before another goes on, and no step is made twice', async () => {
  const run = await newRun('held still');
  const first = startEngine(run);
  await untilStep(run, 5);
  process.kill(first.child.pid ?? 0, 'SIGSTOP');
  expect(endSilentEngine(process.pid, run), 'another process is left alone').toBe(false);
  expect(endSilentEngine(first.child.pid ?? 0, run)).toBe(true);
  expect(await runEngine(run)).toMatchObject({ code: 0 });
  expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
  expect(stepsOf(await readEvents(run))).toEqual(numbersTo(64));
  expect(await finalHashes(run)).toEqual(undisturbed);
}, 60_000);

it('two engines started at once: one works, the other is refused', async () => {
  const run = await newRun('at once');
  const ends = await Promise.all([runEngine(run), runEngine(run)]);
  const codes = ends.map(({ code }) => code ?? -1).toSorted((left, right) => left - right);
  // The later one may also come after the end of the first, and find nothing left to do.
  expect([[0, 0], [0, 2]]).toContainEqual(codes);
  expect(stepsOf(await readEvents(run))).toEqual(numbersTo(64));
  expect(await finalHashes(run)).toEqual(undisturbed);
}, 60_000);

it('a lock left by an engine that died holds nobody up', async () => {
  const run = await newRun('died');
  const first = startEngine(run);
  await untilStep(run, 2);
  process.kill(first.child.pid ?? 0, 'SIGKILL');
  await first.ended;
  expect(engineHolding(run)).toBeNull();
  expect(await runEngine(run)).toMatchObject({ code: 0 });
  expect(await finalHashes(run)).toEqual(undisturbed);
}, 60_000);
