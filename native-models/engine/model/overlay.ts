import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { readCheckpointParameters } from './checkpoint.ts';
import type { EngineModel } from './model.ts';
import { readJob } from '../../protocol/run-folder/job.ts';
import { trainedParameters } from './trained-state.ts';
import { runFolderOf, verifyCheckpoint } from '../../protocol/run-folder/checkpoint.ts';

/** What was trained on top of the stored model, as it is now. */
export interface TrainedOverlay {
  readonly trained: TrainedParameters;
  readonly parameters: Float32Array;
}

/** What a checkpoint `runs/ID/checkpoints/step-N` holds on top of the model; `null` for the model as stored. */
export async function readOverlay(model: EngineModel, checkpoint: string | null): Promise<TrainedOverlay | null> {
  if (checkpoint === null) return null;
  const { settings } = await readJob(runFolderOf(checkpoint));
  const { adapter } = await verifyCheckpoint(checkpoint);
  const trained = trainedParameters(model.folder, settings.lora);
  return { trained, parameters: await readCheckpointParameters(checkpoint, trained.layout, adapter) };
}
