import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainSettingsView } from '../../../preload/contract/operations/hyperparameters.ts';
import { importDataset } from '../../datasets/import.ts';
import { listDatasets } from '../../library/datasets.ts';
import type { Library } from '../../library/library.ts';
import { parseModelConfig } from '../../models/inspect.ts';
import { writeSample } from '../../models/sample.ts';
import { getOrCreateProject, setProjectModel, type Project } from '../../projects/projects.ts';
import { defaultSettings } from '../../runs/settings.ts';
import { saveTrainSettings, settingsView } from './hyperparameters.ts';

const projectName = 'Sample: Lantern Greenhouse';
/** Those of `safedpo demo`: a tiny model with short answers needs a small margin and a high rate. */
const tuned: Partial<TrainSettingsView> = { delta: 2, epochs: 3, learningRate: 1e-3, batchSize: 16, seed: 42, provider: 'cpu' };

/**
 * The project with the bundled model and pairs, made at the first time. Doing it again mends what a cut-off first
 * time left out. Throws what `writeSample` and `importDataset` throw.
 */
export async function openSampleProject(library: Library): Promise<Project> {
  const folder = join(library.dir, 'sample');
  const files = sampleFiles(folder);
  const project = getOrCreateProject(library, projectName);
  if (listDatasets(library, project.id).length === 0) await importDataset(library, project.id, files.pairs);
  if (project.modelPath !== null) return project;
  const settings = settingsView(defaultSettings(await parseModelConfig(files.model)));
  saveTrainSettings(library, project.id, { ...settings, ...tuned });
  return setProjectModel(library, project.id, files.model);
}

/** The prompts are written last: without them a first time was cut off, and it is done again. */
function sampleFiles(folder: string): { readonly model: string; readonly pairs: string } {
  if (existsSync(join(folder, 'prompts.jsonl'))) return { model: join(folder, 'model'), pairs: join(folder, 'pairs.jsonl') };
  rmSync(folder, { recursive: true, force: true });
  return writeSample(folder);
}
