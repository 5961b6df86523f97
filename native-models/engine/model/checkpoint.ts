import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ParameterLayout } from '../../parameters/parameters.ts';
import { badInput, type Failure } from '../../failure.ts';
import { syncFolder, writeAtomically, writeFailure } from '../../formats/atomic-file.ts';
import { sha256OfFile } from '../../formats/file-hash.ts';
import { readSafetensorsHeader, readTensor } from '../../formats/safetensors/read.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors/write.ts';
import type { TrainedState } from './trained-state.ts';

/** Where in its data a run stands after `step` optimiser steps. `state.json` of a checkpoint. */
export interface CheckpointPosition {
  readonly step: number;
  readonly epoch: number;
  /** Optimiser steps done in this epoch. */
  readonly stepInEpoch: number;
  /** The random order of the data follows from these two and the epoch. */
  readonly seed: number;
  readonly adapter: boolean;
  /** Mean reward margin over (a part of) the held-out pairs; `null` where nothing is held out. */
  readonly heldOutMargin: number | null;
}

const momentNames = { firstMoment: 'first_moment', secondMoment: 'second_moment' } as const;
/** Scale and good updates, of a run that scales its loss. */
const lossScaleName = 'loss_scale';

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Name of the file that holds the trained tensors. */
export function weightsFile(adapter: boolean): string {
  return adapter ? 'adapter.safetensors' : 'model.safetensors';
}

/**
 * Writes `checkpoints/step-N` of a run folder: in a folder beside it first, every file synced, then renamed into place.
 * A reader never sees half of it. Returns its path. Throws `disk-full` or `folder-not-writable`; nothing is left behind
 * then.
 */
export async function writeCheckpoint(
  runFolder: string,
  layout: ParameterLayout,
  state: TrainedState,
  position: CheckpointPosition,
): Promise<string> {
  const target = checkpointFolder(runFolder, position.step);
  const partial = partialFolder(runFolder, position.step);
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const views = layout.tensors.map(({ name, shape, offset, size }): TensorToWrite => ({
      name,
      shape,
      dtype: 'float32',
      data: () => [bytesOf(state.parameters.subarray(offset, offset + size))],
    }));
    await writeSafetensors(join(partial, weightsFile(position.adapter)), {}, views);
    const moments = (['firstMoment', 'secondMoment'] as const).map((key): TensorToWrite => ({
      name: momentNames[key],
      shape: [layout.size],
      dtype: 'float32',
      data: () => [bytesOf(state[key])],
    }));
    const { lossScale } = state;
    const scales: readonly TensorToWrite[] =
      lossScale === null
        ? []
        : [
            {
              name: lossScaleName,
              shape: [2],
              dtype: 'float32',
              data: () => [bytesOf(Float32Array.of(lossScale.scale, lossScale.goodUpdates))],
            },
          ];
    await writeSafetensors(join(partial, 'optimizer.safetensors'), {}, [...moments, ...scales]);
    await writeAtomically(join(partial, 'state.json'), [Buffer.from(`${JSON.stringify(position, null, 2)}\n`)]);
    const files: { [name: string]: string } = {};
    for (const name of (await readdir(partial)).sort()) files[name] = await sha256OfFile(join(partial, name));
    await writeAtomically(join(partial, 'manifest.json'), [Buffer.from(`${JSON.stringify({ files }, null, 2)}\n`)]);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    await syncFolder(dirname(target));
    return target;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(target, error);
  }
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

/** The folder of one step's checkpoint. */
export function checkpointFolder(runFolder: string, step: number): string {
  return join(runFolder, 'checkpoints', `step-${step}`);
}

function partialFolder(runFolder: string, step: number): string {
  return join(runFolder, 'checkpoints', `partial-${step}`);
}

const manifest = z.object({
  files: z
    .record(z.string(), z.string())
    .refine(
      (files) =>
        files['state.json'] !== undefined && (files[weightsFile(true)] ?? files[weightsFile(false)]) !== undefined,
    ),
});
const positionFile: z.ZodType<CheckpointPosition> = z.object({
  step: z.int(),
  epoch: z.int(),
  stepInEpoch: z.int(),
  seed: z.number(),
  adapter: z.boolean(),
  heldOutMargin: z.number().nullable(),
});

/** The SHA-256 of each file of a checkpoint, by its manifest. Throws `checkpoint-damaged`. */
export async function checkpointHashes(folder: string): Promise<{ readonly [file: string]: string }> {
  try {
    return manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).files;
  } catch (error) {
    throw damaged(
      folder,
      'manifest.json',
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
    return positionFile.parse(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')));
  } catch (error) {
    throw damaged(folder, 'state.json', 'it is not the state of a run', {}, error);
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

/** The flat parameters of a checkpoint. */
export async function readCheckpointParameters(
  folder: string,
  layout: ParameterLayout,
  adapter: boolean,
): Promise<Float32Array> {
  const file = join(folder, weightsFile(adapter));
  const entries = new Map((await readSafetensorsHeader(file)).tensors.map((entry) => [entry.name, entry]));
  const parameters = new Float32Array(layout.size);
  for (const { name, offset } of layout.tensors) {
    const entry = entries.get(name);
    if (entry === undefined)
      throw badInput(
        'checkpoint-damaged',
        `${file}: there is no tensor "${name}", which the run's settings call for.`,
        { file, tensor: name },
      );
    parameters.set(await readTensor(entry), offset);
  }
  return parameters;
}

/** Everything a run goes on from. */
export async function readCheckpoint(
  folder: string,
  layout: ParameterLayout,
): Promise<{ readonly state: TrainedState; readonly position: CheckpointPosition }> {
  const position = await verifyCheckpoint(folder);
  const parameters = await readCheckpointParameters(folder, layout, position.adapter);
  const entries = new Map(
    (await readSafetensorsHeader(join(folder, 'optimizer.safetensors'))).tensors.map((entry) => [entry.name, entry]),
  );
  const moment = async (name: string): Promise<Float32Array> => {
    const entry = entries.get(name);
    if (entry === undefined)
      throw badInput('checkpoint-damaged', `${folder}: optimizer.safetensors has no "${name}".`, {
        folder,
        tensor: name,
      });
    return readTensor(entry);
  };
  const [scale, goodUpdates] = entries.has(lossScaleName) ? await moment(lossScaleName) : [];
  const lossScale = scale === undefined || goodUpdates === undefined ? null : { scale, goodUpdates };
  return {
    state: {
      parameters,
      firstMoment: await moment(momentNames.firstMoment),
      secondMoment: await moment(momentNames.secondMoment),
      lossScale,
    },
    position,
  };
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
    const removed = partialFolder(runFolder, step);
    await rename(checkpointFolder(runFolder, step), removed);
    await rm(removed, { recursive: true, force: true });
  }
}

/** Removes what a kill left of a checkpoint being written or removed. Throws `folder-not-writable`. */
export async function clearPartialCheckpoints(runFolder: string): Promise<void> {
  for (const name of await checkpointEntries(runFolder))
    if (name.startsWith('partial-')) await rm(join(runFolder, 'checkpoints', name), { recursive: true, force: true });
}
