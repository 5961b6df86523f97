import { readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type Failure, badInput } from '../../failure.ts';
import { writeAtomically, writeFailure } from '../../files/atomic-file.ts';
import { sha256OfFile } from '../../files/file-hash.ts';

/** `state.json` of a checkpoint: where in its data a run is after `step` optimiser steps. */
const position = z.object({
  step: z.int(),
  epoch: z.int(),
  /** Optimiser steps done in this epoch. */
  stepInEpoch: z.int(),
  /** The random order of the data follows from these two and the epoch. */
  seed: z.number(),
  adapter: z.boolean(),
  /** Mean reward margin over (a part of) the held-out pairs; `null` where nothing is held out. */
  heldOutMargin: z.number().nullable(),
});
export type CheckpointPosition = Readonly<z.output<typeof position>>;

const [stateFile, manifestFile] = ['state.json', 'manifest.json'];

/** Name of the file that holds the trained tensors. */
export function weightsFile(adapter: boolean): string {
  return adapter ? 'adapter.safetensors' : 'model.safetensors';
}
/** Name of the file that holds the optimiser's moments. */
export const optimizerFile = 'optimizer.safetensors';

/** `manifest.json` of a checkpoint: the SHA-256 of each of its other files. */
const manifest = z.object({
  files: z
    .record(z.string(), z.string())
    .refine(
      (files) =>
        files[stateFile] !== undefined && (files[weightsFile(true)] ?? files[weightsFile(false)]) !== undefined,
    ),
});

/** The folder of one step's checkpoint. */
export function checkpointFolder(runFolder: string, step: number): string {
  return join(runFolder, 'checkpoints', `step-${step}`);
}

/** The step of a checkpoint's folder. */
export function stepOfCheckpoint(folder: string): number {
  return Number(basename(folder).slice('step-'.length));
}

/** Where a checkpoint is written or removed. */
export function partialCheckpointFolder(runFolder: string, step: number): string {
  return join(runFolder, 'checkpoints', `partial-${step}`);
}

/** The run folder of a checkpoint. */
export function runFolderOf(checkpoint: string): string {
  return join(checkpoint, '../..');
}

/** Writes `state.json` and, of all files in the folder by then, `manifest.json`. Throws `disk-full`. */
export async function writeCheckpointState(folder: string, at: CheckpointPosition): Promise<void> {
  await writeAtomically(join(folder, stateFile), [Buffer.from(`${JSON.stringify(at, null, 2)}\n`)]);
  const files: { [name: string]: string } = {};
  for (const name of (await readdir(folder)).sort()) files[name] = await sha256OfFile(join(folder, name));
  await writeAtomically(join(folder, manifestFile), [Buffer.from(`${JSON.stringify({ files }, null, 2)}\n`)]);
}

async function checkpointEntries(runFolder: string): Promise<readonly string[]> {
  const folder = join(runFolder, 'checkpoints');
  return readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw writeFailure(folder, error);
  });
}

/** Steps that have a checkpoint in place, ascending. Throws `folder-not-writable` where `checkpoints` is no folder. */
export async function checkpointSteps(runFolder: string): Promise<readonly number[]> {
  const names = await checkpointEntries(runFolder);
  return names.flatMap((name) => (/^step-\d+$/u.test(name) ? [Number(name.slice(5))] : [])).sort((a, b) => a - b);
}

/** The SHA-256 of each file of a checkpoint, by its manifest. Throws `checkpoint-damaged`. */
export async function checkpointHashes(folder: string): Promise<{ readonly [file: string]: string }> {
  try {
    return manifest.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8'))).files;
  } catch (error) {
    throw damaged(
      folder,
      manifestFile,
      error instanceof Error && 'code' in error ? 'it cannot be read' : 'it is not a list of files and hashes',
      {},
      error,
    );
  }
}

/**
 * `state.json` of a checkpoint whose files all match its manifest. Throws `checkpoint-damaged` naming the file and both
 * hashes.
 */
export async function verifyCheckpoint(folder: string): Promise<CheckpointPosition> {
  for (const [file, expected] of Object.entries(await checkpointHashes(folder))) {
    const sha256 = await sha256OfFile(join(folder, file)).catch((error: unknown) => {
      throw damaged(folder, file, 'it cannot be read', { expected }, error);
    });
    if (sha256 !== expected)
      throw damaged(folder, file, `its SHA-256 is ${sha256}, and was ${expected}`, { expected, sha256 });
  }
  return readPosition(folder);
}

/** `state.json` of a checkpoint as it is: nothing is hashed. Throws `checkpoint-damaged` where it cannot be read. */
export async function readPosition(folder: string): Promise<CheckpointPosition> {
  try {
    return position.parse(JSON.parse(await readFile(join(folder, stateFile), 'utf8')));
  } catch (error) {
    throw damaged(folder, stateFile, 'it is not the state of a run', {}, error);
  }
}

function damaged(
  folder: string,
  file: string,
  why: string,
  details: Failure['details'],
  cause: unknown = undefined,
): Failure {
  return badInput(
    'checkpoint-damaged',
    `${join(folder, file)} is damaged: ${why}.`,
    { folder, file, ...details },
    { cause },
  );
}

/** The newest checkpoint whose files are whole, or `null`. Damaged ones are left where they are and passed over. */
export async function lastGoodCheckpoint(
  runFolder: string,
  onDamaged: (folder: string, error: unknown) => void,
): Promise<string | null> {
  for (const step of (await checkpointSteps(runFolder)).toReversed()) {
    const folder = checkpointFolder(runFolder, step);
    try {
      await verifyCheckpoint(folder);
      return folder;
    } catch (error) {
      onDamaged(folder, error);
    }
  }
  return null;
}

/**
 * Removes all checkpoints but those of the given steps. Each is renamed first, so that a kill never leaves half of one
 * in its place.
 */
export async function keepCheckpoints(runFolder: string, keep: ReadonlySet<number>): Promise<void> {
  for (const step of await checkpointSteps(runFolder)) {
    if (keep.has(step)) continue;
    const removed = partialCheckpointFolder(runFolder, step);
    await rename(checkpointFolder(runFolder, step), removed);
    await rm(removed, { recursive: true, force: true });
  }
}

/** Removes what a kill left of a checkpoint being written or removed. Throws `folder-not-writable`. */
export async function clearPartialCheckpoints(runFolder: string): Promise<void> {
  for (const name of await checkpointEntries(runFolder))
    if (name.startsWith('partial-')) await rm(join(runFolder, 'checkpoints', name), { recursive: true, force: true });
}
