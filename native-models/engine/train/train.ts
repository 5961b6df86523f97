import { Failure, failed } from '../../failure.ts';
import { RunProgress } from './progress.ts';
import { readJob } from '../../protocol/run-folder/job.ts';
import { requireSameStamp, requireUnchangedInputs, stampModel } from './unchanged-inputs.ts';
import { appendEvent, appendEventSync } from '../../protocol/run-folder/metrics.ts';
import { runRecipe } from './recipe.ts';

/**
 * Trains the run of a run folder to its end, from its last good checkpoint if it has one: data → longest batch →
 * reference → steps → checkpoints → held-out preferences. Asked to stop (by `control.json` or `signal`) it writes a
 * checkpoint and throws `run-stopped`. Same folder, provider and thread count: same bytes, however often it was
 * interrupted.
 */
export async function train(runFolder: string, signal: AbortSignal): Promise<void> {
  const job = await readJob(runFolder);
  const progress = new RunProgress(runFolder);
  const stamp = await stampModel(job);
  try {
    await requireUnchangedInputs(runFolder, job, hashingEvents(runFolder));
    await runRecipe(runFolder, job, stamp, signal, progress);
    await progress.end('done');
  } catch (thrown) {
    // Whatever came of it: that the model's files changed under the run is the cause to be named.
    const error =
      thrown instanceof Failure && thrown.kind === 'interrupted'
        ? thrown
        : await requireSameStamp(job, stamp).then(
            () => thrown,
            (changed: unknown) => changed,
          );
    const failure =
      error instanceof Failure
        ? error
        : failed(
            'engine-failed',
            `The engine failed: ${error instanceof Error ? error.message : String(error)}.`,
            {},
            { cause: error },
          );
    await reportEnd(runFolder, failure, progress);
    throw failure;
  }
}

/** Says in the run folder why a run ended; on a full disk that may be impossible, and must not hide the reason. */
async function reportEnd(runFolder: string, failure: Failure, progress: RunProgress): Promise<void> {
  try {
    if (failure.kind === 'interrupted') return await progress.end('stopped');
    await progress.end('failed', failure.toJSON());
    await appendEvent(runFolder, { event: 'error', error: failure.toJSON() });
  } catch (error) {
    process.stderr.write(`the end of the run could not be recorded: ${String(error)}\n`);
  }
}

const millisecondsBetween = 1000;

/** Tells how far the hashing of the inputs is, at most once a second. */
function hashingEvents(runFolder: string): (fraction: number) => void {
  let toldAt = performance.now();
  return (fraction) => {
    if (performance.now() - toldAt < millisecondsBetween) return;
    toldAt = performance.now();
    appendEventSync(runFolder, { event: 'hashing', fraction });
  };
}
