import { availableParallelism } from 'node:os';
import { badInput } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { readLabelText } from '../labels/label-text.ts';
import type { Library } from '../library/library.ts';
import { getProject } from '../projects/projects.ts';
import { agreementReport } from '../review/opinions/agreement-report.ts';
import { drawAudit, listAudits, markAudited } from '../review/audit/audits.ts';
import { blindNotes } from '../review/opinions/blind.ts';
import { applyBulk, previewBulk } from '../review/bulk/bulk.ts';
import { adjudicate, conflictQueue } from '../review/opinions/conflicts.ts';
import { decideSuggestion } from '../review/suggestions/decide-suggestion.ts';
import { filterPairs } from '../review/index/filter-pairs.ts';
import { importOpinions } from '../review/opinions/import-opinions.ts';
import { lastLintReport, lintProject } from '../review/lint/run-lint.ts';
import { readOpinionFile } from '../review/opinions/opinion-file.ts';
import { classCounts } from '../review/index/class-counts.ts';
import { pairDetail } from '../review/index/pair-detail.ts';
import { pairNotes } from '../review/index/pair-notes.ts';
import { parseQuery } from '../review/index/query-language.ts';
import { suggestLabels } from '../review/suggestions/score-pairs.ts';
import { removeView, savedViews, saveView } from '../review/index/saved-views.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';
import type { CountFeed } from './count-feed.ts';
import { findPairsHandlers } from './find-pairs.ts';
import { createTasks, starting } from './tasks.ts';
import type { LintProgress, PairSelection } from '../../preload/contract/operations/review.ts';

export function reviewHandlers(context: HandlerContext, countFeed: CountFeed): Handlers['review'] {
  const { library, pickedFiles, background, changes, report } = context;
  const lints = createTasks<LintProgress>('review.lint', { library, background, changes, report });
  const scorings = createTasks<TaskProgress>('review.suggest', { library, background, changes, report });
  const chosen = (projectId: number, pairs: PairSelection): readonly number[] =>
    'filter' in pairs ? [...filterPairs(library, projectId, pairs.filter).ids] : pairs.pairIds;
  const reviewer = (): string => readAppSettings(library).reviewerName;
  const counted = <Result>(projectId: number, result: Result): Result => {
    countFeed.publish(projectId);
    return result;
  };
  return {
    counts: ({ projectId }) => classCounts(library, projectId),
    countsFeed: ({ projectId }, sink) => countFeed.follow(projectId, sink),
    pair: ({ projectId, pairId, blind }) => pairDetail(library, projectId, pairId, blind ? reviewer() : null),
    parse: ({ query }) => parseQuery(query),
    ...findPairsHandlers(context),
    notes: ({ projectId, pairId, blind }) =>
      blind ? blindNotes(library, projectId, reviewer(), pairId) : pairNotes(library, projectId, pairId),
    views: ({ projectId }) => savedViews(library, projectId),
    saveView: ({ projectId, name, query }) => saveView(library, projectId, { name, query }),
    removeView: ({ projectId, name }) => removeView(library, projectId, name),
    bulkPreview: ({ projectId, pairs, change }) =>
      previewBulk(library, projectId, reviewer(), chosen(projectId, pairs), change),
    bulk: ({ projectId, pairs, change, why, basis }) =>
      counted(
        projectId,
        applyBulk(library, projectId, { reviewer: reviewer(), reason: why }, chosen(projectId, pairs), change, basis),
      ),
    audits: ({ projectId }) => listAudits(library, projectId),
    drawAudit: ({ projectId, query, count, seed }) => drawAudit(library, projectId, query, count, seed),
    markAudited: ({ projectId, auditId, pairId }) => markAudited(library, projectId, auditId, pairId),
    agreement: ({ projectId }) => agreementReport(library, projectId),
    conflicts: ({ projectId }) => conflictQueue(library, projectId),
    adjudicate: ({ projectId, pairId, target, value, why }) =>
      counted(projectId, adjudicate(library, projectId, { pairId, target, value, reviewer: reviewer(), reason: why })),
    lint({ projectId }) {
      const about = { projectId, name: getProject(library, projectId).name };
      const first: LintProgress = { ...starting('Checking every pair', 0), report: null };
      const taskId = lints.start(about, first, async ({ signal, progress }) => ({
        report: await lintProject(library, projectId, { signal, onProgress: (fraction) => progress({ fraction }) }),
      }));
      return { taskId };
    },
    lintProgress: ({ taskId }, sink) => lints.follow(taskId, sink),
    lintReport: ({ projectId }) => lastLintReport(library, projectId),
    suggest({ projectId, pairs, scorer, template }) {
      const model = scorer.kind === 'guard' ? pickedFiles.pathOf(scorer.folder) : projectModel(library, projectId);
      const about = { projectId, name: getProject(library, projectId).name };
      const taskId = scorings.start(about, starting('Scoring pairs', 0), async ({ signal, progress }) => {
        const onProgress = (scored: number, total: number): void =>
          progress({ fraction: scored / total, doing: `Scored ${scored} of ${total} pairs` });
        const { scored, scoredBefore, notNeeded } = await suggestLabels(
          library,
          projectId,
          chosen(projectId, pairs),
          { kind: scorer.kind, model, template, provider: 'cpu', threads: availableParallelism(), maxLength: 1024 },
          { signal, onProgress },
        );
        return { doing: scoredText(scored, scoredBefore, notNeeded) };
      });
      return { taskId };
    },
    suggestProgress: ({ taskId }, sink) => scorings.follow(taskId, sink),
    decideSuggestion: ({ projectId, ...decision }) =>
      counted(projectId, decideSuggestion(library, projectId, { ...decision, reviewer: reviewer() })),
    async importOpinions({ projectId, file, format }) {
      const text = await readLabelText(pickedFiles.pathOf(file));
      return counted(
        projectId,
        importOpinions(library, projectId, text, readOpinionFile(library, projectId, text, format)),
      );
    },
  };
}

function scoredText(scored: number, scoredBefore: number, notNeeded: number): string {
  const before = scoredBefore === 0 ? '' : ` ${scoredBefore} had been scored before.`;
  const known = notNeeded === 0 ? '' : ` ${notNeeded} have a preference already and were left out.`;
  return `Scored ${scored} ${scored === 1 ? 'pair' : 'pairs'}.${before}${known}`;
}

/** Throws `project-without-model`. */
function projectModel(library: Library, projectId: number): string {
  const { modelPath } = getProject(library, projectId);
  if (modelPath === null)
    throw badInput(
      'project-without-model',
      'The project has no model yet, so nothing can score its pairs. Choose one first.',
      { project: projectId },
    );
  return modelPath;
}
