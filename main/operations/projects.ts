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
import { getRun } from '../runs/runs.ts';
import { trashProjectAtRest } from '../trash/trash.ts';
import type { HandlerContext } from './context.ts';
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

interface Counts {
  readonly datasets: number;
  readonly pairs: number;
  readonly runs: number;
}

function summarise(library: Library, project: Project): ProjectSummary {
  const { db } = library;
  const counts = db
    .prepare<{ project: number }, Counts>(
      `
      SELECT count(*) AS datasets, total(accepted) AS pairs, (SELECT count(*) FROM runs WHERE project_id = :project AND trashed_at IS NULL) AS runs
      FROM datasets WHERE project_id = :project AND state = 'ready' AND trashed_at IS NULL`,
    )
    .get({ project: project.id });
  const lastRun = db
    .prepare<[number], string>(
      'SELECT id FROM runs WHERE project_id = ? AND trashed_at IS NULL ORDER BY created_at DESC LIMIT 1',
    )
    .pluck()
    .get(project.id);
  const evaluation = newestEvaluation(library, project.id);
  const { modelPath, step, ...rest } = project;
  return {
    ...rest,
    step: wizardSteps.find((known) => known === step) ?? 'model',
    model: modelPath === null ? null : { name: basename(modelPath), architecture: statedArchitecture(modelPath) },
    datasets: counts?.datasets ?? 0,
    pairs: counts?.pairs ?? 0,
    runs: counts?.runs ?? 0,
    lastRun: lastRun === undefined ? null : runStanding(library, lastRun),
    lastEvaluation:
      evaluation === null ? null : { runId: evaluation.runId, safeShare: evaluation.answers['safeShare'] ?? null },
  };
}

function runStanding(library: Library, runId: string): ProjectSummary['lastRun'] {
  const run = getRun(library, runId);
  return { id: run.id, name: run.name, state: progressView(library, run).state };
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
