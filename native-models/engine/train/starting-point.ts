import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { badInput } from '../../failure.ts';
import { readCheckpoint } from '../model/checkpoint.ts';
import { type EngineModel } from '../model/model.ts';
import { type TrainedState, initialState } from '../model/trained-state.ts';
import { tokenization } from '../../text/encode-pair.ts';
import { type CheckpointPosition, lastGoodCheckpoint } from '../../protocol/run-folder/checkpoint.ts';
import type { TrainJob } from '../../protocol/run-folder/job.ts';

interface StartingPoint {
  readonly state: TrainedState;
  readonly position: CheckpointPosition;
  readonly resumed: boolean;
  /** Newer checkpoints that were passed over, and why. */
  readonly damaged: readonly { readonly step: number; readonly message: string }[];
}

export async function startingPoint(
  runFolder: string,
  model: EngineModel,
  trained: TrainedParameters,
  { settings }: TrainJob,
): Promise<StartingPoint> {
  const errors: string[] = [];
  const checkpoint = await lastGoodCheckpoint(runFolder, (_, error) =>
    errors.push(error instanceof Error ? error.message : String(error)),
  );
  const begun =
    checkpoint === null
      ? {
          state: await initialState(model, trained, settings),
          position: {
            step: 0,
            epoch: 0,
            stepInEpoch: 0,
            seed: settings.seed,
            adapter: settings.lora !== null,
            heldOutMargin: null,
          },
          resumed: false,
        }
      : { ...(await readCheckpoint(checkpoint, trained.layout)), resumed: true };
  const { step } = begun.position;
  return {
    ...begun,
    damaged: errors.map((error) => ({
      step,
      message: `A checkpoint is damaged, so the run continues from step ${step}. ${error}`,
    })),
  };
}

/** Throws `run-tokenized-otherwise` for a run that has trained on other tokens than its texts give now. */
export function requireSameTokenization(runFolder: string, job: TrainJob): void {
  if (job.tokenization === tokenization) return;
  throw badInput(
    'run-tokenized-otherwise',
    `${runFolder} was started by a version of this program that tokenised the same texts differently ` +
      `(tokenization ${job.tokenization} in run.json; this version has ${tokenization}), so it cannot be resumed ` +
      'where it stopped. Start a new run with the same settings. The checkpoints of this one can still be ' +
      'evaluated and exported.',
    { folder: runFolder, tokenization: job.tokenization, expected: tokenization },
  );
}
