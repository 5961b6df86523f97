import { join } from 'node:path';
import { finalHashes, readEvents, runEngine, stepsOf, writeRandomModel, writeRun } from '../integration/engine-run.ts';
import { killAndResume } from './kill-and-resume.ts';
import type { LaneReport } from './model-kills.ts';

/** Kills a training again and again; resumed each time, it must end with the bytes of one that nothing interrupts. */
export async function trainingKills(root: string, kills: number, seed: number): Promise<LaneReport> {
  const [model, whole, killed] = ['training-model', 'whole', 'killed'].map((name) => join(root, name));
  if (model === undefined || whole === undefined || killed === undefined) throw new RangeError('three folders');
  await writeRandomModel(model);
  for (const run of [whole, killed]) await writeRun(run, model, { epochs: 12, checkpointEverySteps: 2 }, 60);
  const reference = await runEngine(whole);
  if (reference.code !== 0) throw new Error(`The uninterrupted run failed: ${reference.stderr}`);
  const totalSteps = stepsOf(await readEvents(whole)).length;
  const { killedAt, end } = await killAndResume(killed, totalSteps, kills, seed);
  const steps = stepsOf(await readEvents(killed));
  const equal = JSON.stringify(await finalHashes(whole)) === JSON.stringify(await finalHashes(killed));
  const problems = [
    ...(end.code === 0 ? [] : [`training: the last attempt failed: ${end.stderr}`]),
    ...(equal ? [] : ['training: the bytes differ from those of an uninterrupted run']),
    ...(steps.length === totalSteps && steps.every((step, index) => step === index + 1)
      ? []
      : ['training: a step is missing or reported twice']),
  ];
  return { name: `training (${totalSteps} steps)`, kills: killedAt.length, problems };
}
