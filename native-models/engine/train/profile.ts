import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../failure.ts';
import { type StepProfile, writeProfile } from '../../protocol/run-folder/profile.ts';
import { readProfile } from '../../runtime/profile.ts';
import type { ModelWeights } from '../model/model.ts';
import type { TrainedState } from '../model/trained-state.ts';
import { Trainer, type StepRequest, type TrainerSettings } from './trainer.ts';

/**
 * Makes a few steps on a copy of the state, under the runtime's profiler, and writes `profile.json` into the run
 * folder. The run's own steps are neither slowed nor changed by it. The first of `requests` warms up.
 */
export async function profileSteps(
  runFolder: string,
  model: ModelWeights,
  options: TrainerSettings,
  state: TrainedState,
  requests: readonly StepRequest[],
): Promise<StepProfile> {
  const prefix = join(runFolder, 'profile-steps');
  await removeRaw(prefix);
  const { trainer, cpuNodesForbidden } = await openTrainer(model, { ...options, profilePrefix: prefix });
  const copy = { ...state };
  for (let done = 0; done < requests.length;) {
    const ahead = requests.slice(done);
    const asked = ahead.slice(0, trainer.stepsAtOnce(ahead));
    await trainer.steps(copy, asked);
    done += asked.length;
  }
  await trainer.close();
  const {
    settings: { provider },
  } = options;
  const profile: StepProfile = {
    provider,
    precision: model.precision.name,
    steps: Math.max(1, requests.length - 1),
    cpuNodesForbidden,
    ...(await readProfile(await rawFiles(prefix))),
  };
  await writeProfile(runFolder, profile);
  await removeRaw(prefix);
  return profile;
}

/** A trainer whose graphs may not use the CPU, or, where the runtime refuses that, one whose may. */
async function openTrainer(
  model: ModelWeights,
  options: TrainerSettings,
): Promise<{ readonly trainer: Trainer; readonly cpuNodesForbidden: boolean | null }> {
  if (options.settings.provider === 'cpu')
    return { trainer: await Trainer.open(model, options), cpuNodesForbidden: null };
  try {
    return { trainer: await Trainer.open(model, { ...options, forbidCpuNodes: true }), cpuNodesForbidden: true };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'session-create-failed') throw error;
    return { trainer: await Trainer.open(model, options), cpuNodesForbidden: false };
  }
}

/** What the runtime wrote, one file a session. */
async function rawFiles(prefix: string): Promise<readonly string[]> {
  const names = await readdir(dirname(prefix));
  return names.filter((name) => name.startsWith(`${basename(prefix)}-`)).map((name) => join(dirname(prefix), name));
}

async function removeRaw(prefix: string): Promise<void> {
  for (const file of await rawFiles(prefix)) await rm(file, { force: true });
}
