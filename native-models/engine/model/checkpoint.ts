import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ParameterLayout } from '../../parameters/parameters.ts';
import { badInput } from '../../failure.ts';
import { syncFolder, writeFailure } from '../../files/atomic-file.ts';
import { readSafetensorsHeader, readTensor } from '../../formats/safetensors/read.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors/write.ts';
import {
  type CheckpointPosition,
  checkpointFolder,
  optimizerFile,
  partialCheckpointFolder,
  verifyCheckpoint,
  weightsFile,
  writeCheckpointState,
} from '../../protocol/run-folder/checkpoint.ts';
import type { TrainedState } from './trained-state.ts';

const momentNames = { firstMoment: 'first_moment', secondMoment: 'second_moment' } as const;
/** Scale and good updates, of a run that scales its loss. */
const lossScaleName = 'loss_scale';

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
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
  const partial = partialCheckpointFolder(runFolder, position.step);
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
    await writeSafetensors(join(partial, optimizerFile), {}, [...moments, ...scales]);
    await writeCheckpointState(partial, position);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    await syncFolder(dirname(target));
    return target;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(target, error);
  }
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
    (await readSafetensorsHeader(join(folder, optimizerFile))).tensors.map((entry) => [entry.name, entry]),
  );
  const moment = async (name: string): Promise<Float32Array> => {
    const entry = entries.get(name);
    if (entry === undefined)
      throw badInput('checkpoint-damaged', `${folder}: ${optimizerFile} has no "${name}".`, {
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
