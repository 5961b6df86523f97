import { csvRow } from '../library/csv-cell.ts';
import { checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { AnswerPair, EvaluationSummary } from '../../preload/contract/operations/evaluation.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { chooseTestSet } from '../evaluation/test-set.ts';
import { heldOutPairs, promptsOf } from '../evaluation/test-prompts.ts';
import { parseModelConfig } from '../models/inspect.ts';
import { requireCheckpoint } from '../runs/checkpoints.ts';
import { trainedModel } from '../runs/precision.ts';
import { getRun } from '../runs/runs.ts';
import type { HandlerContext } from './context.ts';
import { judgeAnswer, listAnswers } from '../evaluation/answer-rows.ts';
import { listEvaluations } from '../evaluation/evaluation-rows.ts';
import { createTasks, starting } from './tasks.ts';

export function evaluationHandlers({
  library,
  pickedFiles,
  background,
  changes,
  report,
}: HandlerContext): Handlers['evaluation'] {
  const tasks = createTasks<TaskProgress>('evaluation.start', { library, background, changes, report });
  /** Those that the library does not hold: under way, stopped or failed. */
  const begun = new Map<string, EvaluationSummary>();

  return {
    async limits({ runId }) {
      const run = getRun(library, runId);
      const { model } = await readJob(run.folder);
      const { maxPositions } = await parseModelConfig(model.path);
      return {
        heldOutPrompts: promptsOf(heldOutPairs(library, run.projectId), Infinity).length,
        contextTokens: maxPositions,
      };
    },
    async start({ runId, settings, promptFile }) {
      const run = getRun(library, runId);
      const { settings: trained } = await readJob(run.folder);
      const file = promptFile === null ? null : pickedFiles.pathOf(promptFile);
      const step = (await checkpointSteps(run.folder)).at(-1) ?? null;
      const testSet = await chooseTestSet(library, run.projectId, file, settings);
      const id = tasks.start(run, starting('Starting', 0), async ({ taskId, signal, progress }) => {
        const onProgress = (doing: string, fraction: number | null): void => progress({ doing, fraction });
        const { folder: checkpoint } = await requireCheckpoint(run, step, (fraction) =>
          onProgress('Checking that the start model and the data are unchanged', fraction),
        );
        await evaluate(library, {
          projectId: run.projectId,
          runId,
          model: await trainedModel(run, checkpoint, trained.provider),
          testSet,
          judge: 'auto',
          sampling: settings,
          settings: trained,
          signal,
          onProgress,
        });
        // The library has it now.
        begun.delete(taskId);
        return undefined;
      });
      const summary: EvaluationSummary = {
        id,
        runId,
        createdAt: new Date().toISOString(),
        settings,
        step,
        promptsFrom: testSet.promptsFrom,
        progress: tasks.latest(id),
        judge: null,
        ownVerdicts: 0,
        heldOut: {},
        answers: {},
      };
      begun.set(id, summary);
      return summary;
    },
    list: ({ runId }) => [
      ...[...begun.values()]
        .filter((summary) => summary.runId === runId)
        .map((summary) => ({ ...summary, progress: tasks.latest(summary.id) })),
      ...listEvaluations(library, runId),
    ],
    progressFeed: ({ taskId }, sink) => tasks.follow(taskId, sink),
    answers({ evaluationId, after, limit }) {
      const rows = listAnswers(library, evaluationId, after, limit);
      return { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
    },
    setVerdict: ({ evaluationId, answerId, of, unsafe, helpful, refused }) =>
      judgeAnswer(library, evaluationId, answerId, of, { safe: unsafe === null ? null : !unsafe, helpful, refused }),
    answersCsv({ evaluationId }) {
      const rows = listAnswers(library, evaluationId, 0, -1);
      return {
        fileName: `answers-${evaluationId}.csv`,
        mediaType: 'text/csv',
        text: [csvHeader, ...rows.map(answerRow)].join('\r\n'),
      };
    },
  };
}

const csvHeader =
  'number,kind,prompt,before,after,before unsafe,before helpful,before refused,before judged by,after ' +
  'unsafe,after helpful,after refused,after judged by';

function answerRow({ id, kind, prompt, before, after, verdicts }: AnswerPair): string {
  const { before: first, after: second } = verdicts;
  const cells = [
    id,
    kind,
    prompt,
    before,
    after,
    ...[first, second].flatMap(({ unsafe, helpful, refused, source }) => [unsafe, helpful, refused, source]),
  ];
  return csvRow(cells);
}
