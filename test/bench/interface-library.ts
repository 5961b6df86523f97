import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listProjects, setProjectModel } from '../../main/projects/projects.ts';
import { followRun } from '../../main/runs/follow.ts';
import { startRun } from '../../main/runs/start.ts';
import { defaultSettings } from '../../main/runs/settings.ts';
import { importDataset } from '../../main/datasets/import.ts';
import { createProject } from '../../main/projects/projects.ts';
import { parseModelConfig } from '../../main/models/inspect.ts';
import { openLibrary, type Library } from '../../main/library/library.ts';
import { dataFolder } from '../integration/real-data.ts';
import { reviewLibrary } from './review-library.ts';

const modelPath = join(dataFolder, 'models/stories260K-hf');
const trainedPairs = 64;

/**
 * A library in `folder` with the 4,421 PKU pairs and a short run, so that every step has something to show; made once.
 */
export async function pkuLibrary(folder: string): Promise<number> {
  const made = existsSync(join(folder, 'library.sqlite'));
  const library = openLibrary(folder);
  try {
    if (made) return listProjects(library)[0]?.id ?? 0;
    const { id } = createProject(library, 'PKU');
    await importDataset(library, id, join(dataFolder, 'datasets/pku-saferlhf-dpo-pairs.json.gz'));
    await addRun(library, id);
    return id;
  } finally {
    library.close();
  }
}

/** The library of the review page's bench, `pairs` pairs, with a short run; made once. */
export async function largeLibrary(folder: string, pairs: number): Promise<number> {
  const { library, projectId } = reviewLibrary(folder, pairs);
  try {
    if (library.db.prepare('SELECT 1 FROM runs').get() === undefined) await addRun(library, projectId);
    return projectId;
  } finally {
    library.close();
  }
}

async function addRun(library: Library, projectId: number): Promise<void> {
  setProjectModel(library, projectId, modelPath);
  const settings = { ...defaultSettings(await parseModelConfig(modelPath)), maxLength: 256, batchSize: 4, epochs: 1 };
  const run = await startRun(library, { projectId, modelPath, settings, limit: trainedPairs, checkpointsKept: 1 });
  for await (const { status } of followRun(library, run.id)) if (status?.state === 'done') return;
}
