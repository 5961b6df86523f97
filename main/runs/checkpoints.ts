import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { requireUnchangedInputs } from '../../native-models/engine/train/unchanged-inputs.ts';
import { badInput, Failure } from '../../native-models/failure.ts';
import type { RunRecord } from './runs.ts';
import {
  checkpointFolder,
  checkpointSteps,
  verifyCheckpoint,
} from '../../native-models/protocol/run-folder/checkpoint.ts';

/** What a run trained, and that its start model and data are still those it was trained on. */
export interface TrainedCheckpoint {
  readonly folder: string;
  readonly step: number;
}

/**
 * The checkpoint of a step, or the newest (`null`). Hashes the start model, the run's data and the checkpoint;
 * `onProgress` hears the share of the model's bytes. A damaged newest one is never replaced by an earlier one unasked.
 * Throws `no-checkpoint`, `checkpoint-not-kept`, `checkpoint-damaged`, `model-changed`, `snapshot-changed`.
 */
export async function requireCheckpoint(
  run: Pick<RunRecord, 'id' | 'folder'>,
  step: number | null,
  onProgress?: (fraction: number) => void,
): Promise<TrainedCheckpoint> {
  const steps = await checkpointSteps(run.folder);
  const newest = steps.at(-1);
  if (newest === undefined)
    throw badInput(
      'no-checkpoint',
      `Run ${run.id} has no checkpoint yet, so there is nothing trained to use. Let it train on first.`,
      { run: run.id },
    );
  if (step !== null && !steps.includes(step))
    throw badInput(
      'checkpoint-not-kept',
      `Run ${run.id} has no checkpoint of step ${step}. There are those of ${inWords(steps)}.`,
      { run: run.id, step, steps },
    );
  const chosen = step ?? newest;
  const folder = checkpointFolder(run.folder, chosen);
  await verifyCheckpoint(folder).catch(async (error: unknown) => {
    throw error instanceof Failure && error.code === 'checkpoint-damaged'
      ? withRemedy(
          error,
          run,
          chosen,
          await wholeSteps(
            run.folder,
            steps.filter((other) => other !== chosen),
          ),
        )
      : error;
  });
  await requireUnchangedInputs(run.folder, await readJob(run.folder), onProgress);
  return { folder, step: chosen };
}

async function wholeSteps(runFolder: string, steps: readonly number[]): Promise<readonly number[]> {
  const whole: number[] = [];
  for (const step of steps)
    if (
      await verifyCheckpoint(checkpointFolder(runFolder, step)).then(
        () => true,
        () => false,
      )
    )
      whole.push(step);
  return whole;
}

function withRemedy(error: Failure, { id }: Pick<RunRecord, 'id'>, step: number, whole: readonly number[]): Failure {
  const remedy =
    whole.length === 0
      ? 'No other checkpoint of the run is intact: train again'
      : `The checkpoints of ${inWords(whole)} are intact: choose one of them`;
  return new Failure(
    error.kind,
    error.code,
    `${error.message} So what run ${id} had trained at step ${step} is lost. ${remedy}.`,
    { ...error.details, run: id, step, whole },
    { cause: error },
  );
}

function inWords(steps: readonly number[]): string {
  return `step${steps.length === 1 ? '' : 's'} ${steps.join(', ')}`;
}
