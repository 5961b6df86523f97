import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openLibrary, type Library } from '../../main/library/library.ts';
import { endSilentEngine, engineHolding } from '../../main/runs/engine-holder.ts';
import { hasLiveEngine } from '../../main/runs/run-files.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import { lineOf, safedpo, smallRun, start, workFolder, writePkuRows } from './cli-harness.ts';
import {
  finalHashes,
  numbersTo,
  readEvents,
  runEngine,
  startEngine,
  stepsOf,
  writeRandomModel,
  writeRun,
} from './engine-run.ts';
import { readStatus } from '../../native-models/protocol/run-folder/status.ts';

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

it.runIf(process.platform === 'linux')(
  'an engine that is held still is ended before another goes on, and no step is made twice',
  async () => {
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
  },
  60_000,
);

describe('through the library', () => {
  const work = workFolder();
  const [libraryDir, data] = [join(work.path, 'library'), join(work.path, 'pairs.jsonl')];
  let library: Library;
  afterAll(() => {
    library.close();
    work.remove();
  });

  /** A run of some sixty steps whose engine is held still, and what the library says of it: that it failed. */
  async function heldStill(): Promise<{ readonly id: string; readonly run: string; readonly pid: number }> {
    const settings = ['--epochs', '8', ...smallRun];
    const { child, ended } = start(libraryDir, [
      'train',
      '--project',
      'p',
      '--model',
      join(folder, 'model'),
      ...settings,
      '--json',
    ]);
    const started = await lineOf(child, ({ event }) => event === 'started');
    const [id, run] = [String(started['run']), String(started['folder'])];
    await untilStep(run, 5);
    const pid = engineHolding(run) ?? 0;
    process.kill(pid, 'SIGSTOP');
    child.kill('SIGKILL');
    await ended;
    const status = join(run, 'status.json');
    await writeFile(
      status,
      JSON.stringify({ ...z.looseObject({}).parse(JSON.parse(await readFile(status, 'utf8'))), state: 'failed' }),
    );
    return { id, run, pid };
  }

  it.runIf(process.platform === 'linux')(
    'resuming ends an engine that is held still, and two who resume at once do the work once',
    async () => {
      writePkuRows(data, 60);
      await safedpo(libraryDir, 'import', data, '--project', 'p');
      library = openLibrary(libraryDir);
      const { id, run, pid } = await heldStill();
      expect(hasLiveEngine(readStatus(run))).toBe(false);
      await Promise.all([safedpo(libraryDir, 'resume', id, '--json'), safedpo(libraryDir, 'resume', id, '--json')]);
      while (engineHolding(run) !== null) await sleep(20);
      expect(isAlive(pid)).toBe(false);
      const events = await readEvents(run);
      expect(stepsOf(events)).toEqual(numbersTo(stepsOf(events).length));
      expect(events.filter(({ event }) => event === 'done')).toHaveLength(1);
      expect(readStatus(run)).toMatchObject({ state: 'done' });
    },
    60_000,
  );
});

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
