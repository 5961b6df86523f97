import { join } from 'node:path';
import { importDataset } from '../datasets/import.ts';
import { listDatasets } from '../datasets/store/datasets.ts';
import type { Library } from '../library/library.ts';
import { sampleIn } from '../models/sample.ts';
import { getOrCreateProject, setProjectModel, type Project } from '../projects/projects.ts';

const projectName = 'Sample: Lantern Greenhouse';
/**
 * The project with the bundled model and pairs, made at the first time. Doing it again fixes what a cut-off first
 * time left out. Throws what `writeSample` and `importDataset` throw.
 */
export async function openSampleProject(library: Library): Promise<Project> {
  const files = sampleIn(library.dir);
  const project = getOrCreateProject(library, projectName);
  if (listDatasets(library, project.id).length === 0) await importDataset(library, project.id, files.pairs);
  if (project.modelPath !== null) return project;
  return setProjectModel(library, project.id, files.model);
}

/** Whether a model folder is the sample that this library wrote. */
export function isSampleModel(library: Library, folder: string): boolean {
  return folder === join(library.dir, 'sample', 'model');
}
