import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { planMemory } from '../../main/models/memory.ts';
import { longestPair } from '../../main/runs/lengths.ts';

/** The bytes that the memory plan expected a run's process to take at its peak, from what its folder says. */
export async function plannedMemoryBytes(runFolder: string): Promise<number> {
  const { model, settings, precision } = await readJob(runFolder);
  const { config, dir } = await openModelFolder(model.path);
  const unlimited = { hostBytes: Infinity, cardBytes: null };
  const plan = planMemory(config, settings, precision, unlimited, await longestPair(runFolder, dir, settings));
  return plan.needs.find(({ place }) => place === 'host')?.neededBytes ?? Number.NaN;
}
