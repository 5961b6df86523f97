import {
  type CheckpointPosition,
  checkpointFolder,
  checkpointSteps,
  readPosition,
} from '../../protocol/run-folder/checkpoint.ts';

/**
 * The step whose checkpoint has the widest held-out margin, the newest of equals. It reads `state.json` only: hashing
 * every checkpoint at every save would read gigabytes, and whoever uses a checkpoint verifies it.
 */
export async function bestStep(runFolder: string): Promise<number> {
  let best: Pick<CheckpointPosition, 'step' | 'heldOutMargin'> = { step: 0, heldOutMargin: null };
  for (const step of await checkpointSteps(runFolder)) {
    const position = await readPosition(checkpointFolder(runFolder, step)).catch((error: unknown) => {
      process.stderr.write(`passed over a checkpoint: ${String(error)}\n`);
      return null;
    });
    if (position !== null && (position.heldOutMargin ?? -Infinity) >= (best.heldOutMargin ?? -Infinity))
      best = position;
  }
  return best.step;
}
