import { statSync } from 'node:fs';
import type { ComputedModel } from '../../../native-models/protocol/tasks.ts';
import { badInput } from '../../../native-models/failure.ts';
import { withLibrary } from './with-library.ts';
import type { ProviderName } from '../../../native-models/vocabulary/lists.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';

/** A model folder, or what a run trained. */
export interface ModelTarget {
  readonly path: string;
  readonly run: { readonly id: string; readonly settings: TrainSettings } | null;
  /**
   * The model as a provider computes it: a run's in the precision it was trained in. Throws what `requireCheckpoint`
   * throws.
   */
  readonly on: (provider: ProviderName) => Promise<ComputedModel>;
}

/**
 * Reads MODEL_DIR|RUN: a folder that exists is a model, anything else has to be a run, at `step` or its newest
 * checkpoint. Throws `model-or-run-not-found`, `run-row-invalid`.
 */
export async function findTarget(
  target: string,
  libraryOption: string | undefined,
  step: number | null = null,
): Promise<ModelTarget> {
  const { trainedModel, untrainedModel } = await import('../../runs/precision.ts');
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    const { libraryFolder } = await import('../../library/folder.ts');
    return {
      path: target,
      run: null,
      on: (provider) => untrainedModel(target, provider, libraryFolder(libraryOption)),
    };
  }
  return withLibrary(libraryOption, async (library) => {
    const { getRun, isRun, runSettings } = await import('../../runs/runs.ts');
    const { requireCheckpoint } = await import('../../runs/checkpoints.ts');
    if (!isRun(library, target))
      throw badInput(
        'model-or-run-not-found',
        `"${target}" is neither a folder nor a run of the library ${library.dir}. Give a model folder, or a ` +
          'run that safedpo runs lists.',
        { target, library: library.dir },
      );
    const run = getRun(library, target);
    return {
      path: run.modelPath,
      run: { id: run.id, settings: runSettings(run) },
      on: async (provider) => trainedModel(run, (await requireCheckpoint(run, step)).folder, provider),
    };
  });
}
