import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepTimes } from '../../native-models/protocol/task-events.ts';
import { failed } from '../../native-models/failure.ts';
import { runTask } from '../engine/run-task.ts';
import { availableMemory } from '../hardware/memory.ts';
import type { Library } from '../library/library.ts';
import { parseModelConfig } from '../models/inspect.ts';
import { planMemory, requireMemory } from '../models/memory.ts';
import { longestPair } from './lengths.ts';
import { cacheFolder, precisionOf } from './precision.ts';
import { freezeSnapshot } from './snapshot.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/**
 * How long a run with these settings would train, from a few real steps on the project's own pairs. Takes seconds to
 * minutes; aborting `signal` ends it with `task-cancelled`.
 * @throws Failure `does-not-fit-memory` (exit 3), those of `openModelFolder` and `freezeSnapshot`
 */
export async function estimateTime(
  library: Library,
  {
    projectId,
    modelPath,
    settings,
  }: { readonly projectId: number; readonly modelPath: string; readonly settings: TrainSettings },
  signal: AbortSignal,
): Promise<StepTimes> {
  const dataFolder = await mkdtemp(join(library.dir, 'estimate-'));
  try {
    freezeSnapshot(library, projectId, settings.objective, { limit: null, seed: settings.seed }, dataFolder);
    const [config, longest] = [await parseModelConfig(modelPath), await longestPair(dataFolder, modelPath, settings)];
    const precision = await precisionOf(config, settings, longest);
    const plan = planMemory(config, settings, precision, await availableMemory(settings.provider), longest);
    requireMemory(plan, modelPath);
    const task = {
      model: { path: modelPath, precision, cacheFolder: cacheFolder(library.dir) },
      dataFolder,
      settings: { ...settings, keptLayers: plan.keptLayers },
    };
    for await (const event of runTask('time-steps', task, signal)) {
      if (event.event !== 'done') continue;
      const { event: _, ...times } = event;
      return times;
    }
    throw failed('engine-crashed', 'The engine ended without a time for the steps.', { task: 'time-steps' });
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}
