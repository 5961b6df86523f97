import { readdir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { type EngineEnd, readEvents, startEngine, stepsOf } from '../integration/engine-run.ts';
import {
  checkpointFolder,
  checkpointSteps,
  verifyCheckpoint,
} from '../../native-models/protocol/run-folder/checkpoint.ts';

export interface KillReport {
  /** The last step each attempt that died of the kill had reported. */
  readonly killedAt: readonly number[];
  /** Checkpoints seen while the engine ran, each verified against its manifest. */
  readonly verified: number;
  readonly end: EngineEnd;
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}

/** Verifies every checkpoint in place. Throws for one that is damaged; one taken away meanwhile is none. */
export async function verifyAll(runFolder: string): Promise<number> {
  let verified = 0;
  for (const step of await checkpointSteps(runFolder)) {
    const folder = checkpointFolder(runFolder, step);
    try {
      await verifyCheckpoint(folder);
      verified += 1;
    } catch (error) {
      if (await exists(folder))
        throw new Error(`${folder} is half written: it holds ${(await readdir(folder)).join(', ')}`, { cause: error });
    }
  }
  return verified;
}

/** Kills aim at this first part of a run, so that there is something left to kill. */
const goalShare = 0.8;

/**
 * Runs the engine on a run folder, ends it with SIGKILL `kills` times, spread over its `totalSteps` at moments drawn
 * from `seed`, resumes it each time, and lets the last attempt finish. Every checkpoint is verified all along.
 */
export async function killAndResume(
  runFolder: string,
  totalSteps: number,
  kills: number,
  seed: number,
): Promise<KillReport> {
  const random = seededRandom(seed, 0);
  const killedAt: number[] = [];
  let verified = 0;
  for (let kill = 0; kill < kills; kill++) {
    const goal = Math.floor(((kill + random.below(1000) / 1000) * totalSteps * goalShare) / kills);
    const delayMs = random.below(10);
    const { child, ended } = startEngine(runFolder);
    while (child.exitCode === null && (stepsOf(await readEvents(runFolder)).at(-1) ?? 0) < goal) {
      verified += await verifyAll(runFolder);
      await sleep(2);
    }
    await sleep(delayMs);
    child.kill('SIGKILL');
    const { signal, code, stderr } = await ended;
    if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The engine failed by itself (exit ${code}): ${stderr}`);
    // One that had ended was not killed.
    if (signal === 'SIGKILL') killedAt.push(stepsOf(await readEvents(runFolder)).at(-1) ?? 0);
    verified += await verifyAll(runFolder);
  }
  const end = await startEngine(runFolder).ended;
  verified += await verifyAll(runFolder);
  return { killedAt, verified, end };
}
