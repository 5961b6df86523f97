import { dirname, join } from 'node:path';
import { readCheckpointParameters, verifyCheckpoint } from './checkpoint.ts';
import type { EngineModel } from './model.ts';
import { readJob } from './run-folder.ts';
import type { TrainedOverlay } from './scorer.ts';
import { trainedParameters } from './trained-state.ts';

/** What a checkpoint `runs/ID/checkpoints/step-N` holds on top of the model; `null` for the model as stored. */
export async function readOverlay(model: EngineModel, checkpoint: string | null): Promise<TrainedOverlay | null> {
  if (checkpoint === null) return null;
  const { settings } = await readJob(join(dirname(checkpoint), '..'));
  const { adapter } = await verifyCheckpoint(checkpoint);
  const trained = trainedParameters(model.folder, settings.lora);
  return { trained, parameters: await readCheckpointParameters(checkpoint, trained.layout, adapter) };
}
