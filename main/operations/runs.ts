import type { Handlers } from '../../preload/contract/contract.ts';
import type { RunSummary } from '../../preload/contract/operations/runs.ts';
import type { Library } from '../library/library.ts';
import { pauseRun, resumeRun, stopRun } from '../runs/follow.ts';
import { compareRuns, getRun, listRuns, noteRun, renameRun, runSettings } from '../runs/runs.ts';
import { compareSamples } from '../runs/samples.ts';
import { startRun } from '../runs/start.ts';
import { restoreRun, trashRun } from '../trash/trash.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';
import { heldOutEstimates } from '../evaluation/estimates.ts';
import { measuredHeldOut } from '../evaluation/measured-held-out.ts';
import { askedOf, listEvaluations } from '../evaluation/evaluation-rows.ts';
import { modelOf } from './hyperparameters.ts';
import { createRunWatch } from './run-watch.ts';
import { detailView, eventView, stepView, summaryView } from './run-views.ts';
import { readEvents } from '../../native-models/protocol/run-folder/metrics-reader.ts';

export function runsHandlers({ library, background, changes, report }: HandlerContext): Handlers['runs'] {
  const watch = createRunWatch(library, background, {
    report: (error) => report(error, 'runs'),
    rested: () => changes.publish('runs'),
  });
  const summary = (runId: string): Promise<RunSummary> => summaryView(library, getRun(library, runId));
  const after = async (runId: string, act: (library: Library, runId: string) => unknown): Promise<RunSummary> => {
    act(library, runId);
    watch.publish(runId);
    return summary(runId);
  };

  return {
    list: ({ projectId, trashed }) =>
      Promise.all(listRuns(library, projectId, trashed).map((run) => summaryView(library, run))),
    get: ({ runId }) => detailView(library, getRun(library, runId)),
    async start({ projectId, name, settings }) {
      const run = await startRun(library, {
        projectId,
        modelPath: modelOf(library, projectId),
        settings,
        limit: null,
        checkpointsKept: readAppSettings(library).checkpointsKept,
      });
      watch.watch(run.id);
      return summaryView(library, name === null ? run : renameRun(library, run.id, name));
    },
    pause: ({ runId }) => after(runId, pauseRun),
    stop: ({ runId }) => after(runId, stopRun),
    async resume({ runId }) {
      resumeRun(library, runId);
      watch.watch(runId);
      return summary(runId);
    },
    metrics: ({ runId, afterStep, limit }) =>
      readEvents(getRun(library, runId).folder)
        .flatMap((event) => stepView(event) ?? [])
        .filter(({ step }) => step > afterStep)
        .slice(0, limit),
    metricsFeed: ({ runId }, sink) => watch.metrics(runId, sink),
    progressFeed: ({ runId }, sink) => watch.progress(runId, sink),
    activityFeed: (_, sink) => watch.activity(sink),
    events: ({ runId }) => readEvents(getRun(library, runId).folder).flatMap((event) => eventView(event) ?? []),
    samples: ({ runId }) => compareSamples(getRun(library, runId).folder),
    async compare({ runIds }) {
      const { differences } = compareRuns(library, runIds);
      return {
        runs: await Promise.all(runIds.map(summary)),
        pairsPerStep: runIds.map((id) => pairsPerStep(library, id)),
        differences: Object.entries(differences).map(([setting, values]) => ({
          setting,
          values: runIds.map((id) => values[id] ?? null),
        })),
        heldOut: runIds.map((runId) => ({
          runId,
          metrics: heldOutEstimates(measuredHeldOut(library, runId)?.after ?? null),
        })),
        answers: runIds.flatMap((runId) =>
          listEvaluations(library, runId)
            .slice(0, 1)
            .map(({ id, answers, settings: { prompts } }) => ({
              runId,
              prompts,
              asked: askedOf(library, id),
              metrics: answers,
            })),
        ),
      };
    },
    rename: ({ runId, name }) => summaryView(library, renameRun(library, runId, name)),
    setNotes: ({ runId, notes }) => detailView(library, noteRun(library, runId, notes)),
    trash: ({ runId }) => after(runId, trashRun),
    restore: ({ runId }) => after(runId, restoreRun),
  };
}

function pairsPerStep(library: Library, runId: string): number {
  const { batchSize, accumulate } = runSettings(getRun(library, runId));
  return batchSize * accumulate;
}
