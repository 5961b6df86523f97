import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finalHashes, readEvents, runEngine, stepsOf, writeRandomModel, writeRun } from '../integration/engine-run.ts';
import { killAndResume } from './kill-and-resume.ts';

/**
 * `npm run test:kills [seed]`: for LoRA, for full training and for several steps in one run of the graph, a run is
 * killed at 20 random moments and resumed each time; its final checkpoint must have the bytes of an uninterrupted
 * run's. Ends with 1 where it has not.
 */
const kills = 20;
const seed = Number(process.argv[2] ?? Date.now() % 1_000_000);
const folder = await mkdtemp(join(tmpdir(), 'kills-'));
try {
  const model = join(folder, 'model');
  await writeRandomModel(model);
  const cases = [
    { name: 'lora', changes: {}, deviceLoop: false },
    { name: 'full', changes: { lora: null, learningRate: 0.001 }, deviceLoop: false },
    { name: 'looped', changes: { checkpointEverySteps: 7 }, deviceLoop: true },
  ];
  for (const { name, changes, deviceLoop } of cases) {
    const settings = { epochs: 6, checkpointEverySteps: 2, ...changes };
    const [whole, killed] = [join(folder, `${name}-whole`), join(folder, `${name}-killed`)];
    for (const run of [whole, killed]) await writeRun(run, model, settings, 60, { deviceLoop });
    const reference = await runEngine(whole);
    if (reference.code !== 0) throw new Error(`The uninterrupted run failed: ${reference.stderr}`);
    const totalSteps = stepsOf(await readEvents(whole)).length;
    const { killedAt, verified, end } = await killAndResume(killed, totalSteps, kills, seed);
    if (end.code !== 0) throw new Error(`The last attempt failed: ${end.stderr}`);
    const [expected, actual] = [JSON.stringify(await finalHashes(whole)), JSON.stringify(await finalHashes(killed))];
    const steps = stepsOf(await readEvents(killed));
    const once = steps.length === totalSteps && steps.every((step, index) => step === index + 1);
    process.stdout.write(
      `${name}, seed ${seed}: killed after steps ${killedAt.join(' ')} of ${totalSteps}; ${verified} looks ` +
        `at checkpoints, all whole; bytes ${expected === actual ? 'equal' : 'DIFFER'}; every step reported ` +
        `once: ${once}\n`,
    );
    if (expected !== actual || !once) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
