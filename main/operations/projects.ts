import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type ProjectSummary } from '../../preload/contract/operations/projects.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { Library } from '../library/library.ts';
import {
  createProject,
  getProject,
  listProjects,
  renameProject,
  restoreProject,
  setProjectStep,
  type Project,
} from '../projects/projects.ts';
import { datasetTotals } from '../datasets/store/datasets.ts';
import { projectRuns } from '../runs/run-index.ts';
import { getRun } from '../runs/runs.ts';
import { trashProjectAtRest } from '../trash/trash.ts';
import type { HandlerContext } from './context.ts';
import { measuredWith } from '../../preload/contract/measured-with.ts';
import { newestEvaluation } from '../evaluation/evaluation-rows.ts';
import { progressView } from './run-views.ts';
import { openSampleProject } from './sample-project.ts';
import { wizardSteps } from '../../native-models/vocabulary/lists.ts';

export function projectsHandlers({ library }: HandlerContext): Handlers['projects'] {
  const summary = (project: Project): ProjectSummary => summarise(library, project);
  return {
    list: ({ trashed }) => listProjects(library, trashed).map(summary),
    get: ({ projectId }) => summary(getProject(library, projectId)),
    create: ({ name }) => summary(createProject(library, name)),
    rename: ({ projectId, name }) => summary(renameProject(library, projectId, name)),
    saveStep: ({ projectId, step }) => summary(setProjectStep(library, projectId, step)),
    trash: ({ projectId }) => summary(trashProjectAtRest(library, projectId)),
    restore: ({ projectId }) => summary(restoreProject(library, projectId)),
    openSample: async () => summary(await openSampleProject(library)),
  };
}

function summarise(library: Library, project: Project): ProjectSummary {
  const { datasets, pairs } = datasetTotals(library, project.id);
  const runs = projectRuns(library, project.id);
  const evaluation = newestEvaluation(library, project.id);
  const { modelPath, step, ...rest } = project;
  return {
    ...rest,
    step: wizardSteps.find((known) => known === step) ?? 'model',
    model: modelPath === null ? null : { name: basename(modelPath), architecture: statedArchitecture(modelPath) },
    datasets,
    pairs,
    runs: runs.count,
    lastRun: runs.newest === null ? null : runStanding(library, runs.newest),
    lastEvaluation:
      evaluation === null
        ? null
        : {
            runId: evaluation.runId,
            safeShare: evaluation.answers['safeShare'] ?? null,
            measuredWith: measuredWith(evaluation),
          },
  };
}

function runStanding(library: Library, runId: string): ProjectSummary['lastRun'] {
  const run = getRun(library, runId);
  const { state, step, steps, epoch } = progressView(library, run);
  return { id: run.id, name: run.name, state, step, steps, epoch };
}

const modelConfig = z.object({ architectures: z.array(z.string()).min(1) });

/**
 * What config.json calls itself. A folder that is gone or broken is told by `models.current`; the list must still show.
 */
function statedArchitecture(modelPath: string): string | null {
  try {
    return modelConfig.parse(JSON.parse(readFileSync(join(modelPath, 'config.json'), 'utf8'))).architectures[0] ?? null;
  } catch {
    return null;
  }
}
