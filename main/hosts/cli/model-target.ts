import { statSync } from 'node:fs';
import type { ModelChoice } from '../../../native-models/engine/tasks.ts';
import { badInput } from '../../../native-models/failure.ts';
import type { RunRecord } from '../../runs/runs.ts';
import { withLibrary } from './with-library.ts';

/** A model folder, or what a run trained. */
export interface ModelTarget {
  readonly model: ModelChoice;
  readonly run: RunRecord | null;
}

/** Reads MODEL_DIR|RUN: a folder that exists is a model, anything else has to be a run. Throws `model-or-run-not-found`, `no-checkpoint`. */
export async function findTarget(target: string, libraryOption: string | undefined): Promise<ModelTarget> {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === true) return { model: { path: target, checkpoint: null }, run: null };
  return withLibrary(libraryOption, async (library) => {
    const { getRun, isRun } = await import('../../runs/runs.ts');
    const { requireCheckpoint } = await import('../../exports/export-run.ts');
    if (!isRun(library, target)) throw badInput('model-or-run-not-found', `"${target}" is neither a folder nor a run of the library ${library.dir}. Give a model folder, or a run that safedpo runs lists.`, { target, library: library.dir });
    const run = getRun(library, target);
    return { model: { path: run.modelPath, checkpoint: await requireCheckpoint(run) }, run };
  });
}
