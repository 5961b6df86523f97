import { doesNotFit } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { LabelChange, LabelResult } from '../../preload/contract/operations/labels.ts';
import { editLabels, type EditResult, type LabelEdit } from '../labels/edit.ts';
import { exportLabels } from '../labels/export-labels.ts';
import { importLabels } from '../labels/import-labels.ts';
import { readLabelText } from '../labels/label-text.ts';
import type { PairState } from '../labels/state.ts';
import { redoLabels, undoLabels } from '../labels/undo.ts';
import { verifyChain } from '../labels/verify.ts';
import { readAppSettings } from '../library/app-settings.ts';
import { requireVersion } from '../review/index/pair-detail.ts';
import { reviewRows, shownPairs } from '../review/index/rows.ts';
import { blindRows } from '../review/opinions/blind.ts';
import { labelledSince, pairHistory, projectHistory } from '../review/opinions/label-history.ts';
import { ownLabels } from '../review/opinions/own-state.ts';
import { boundedText } from './bounded-text.ts';
import type { HandlerContext } from './context.ts';
import type { CountFeed } from './count-feed.ts';
import { checkpointInPauses } from './idle-checkpoint.ts';

/** Rows that come back with a change. */
const mostRows = 500;

export function labelsHandlers(context: HandlerContext, countFeed: CountFeed): Handlers['labels'] {
  const { library, pickedFiles } = context;
  const written = checkpointInPauses(context);
  const reviewer = (): string => readAppSettings(library).reviewerName;
  const finish = (
    projectId: number,
    { group, pairIds, kept = 0 }: EditResult & { readonly kept?: number },
    blind: boolean,
  ): LabelResult => {
    written();
    const counts = countFeed.publish(projectId);
    const rows = reviewRows(library, projectId, shownPairs(library, projectId, pairIds.slice(0, mostRows)));
    return {
      pairs: blind ? blindRows(library, projectId, reviewer(), rows) : rows,
      changed: pairIds.length,
      kept,
      counts,
      group,
    };
  };

  return {
    label({ projectId, pairIds, version, change, why, blind }) {
      const [onlyPair] = pairIds;
      if (version !== undefined && onlyPair !== undefined) requireVersion(library, projectId, onlyPair, version);
      const edits = pairIds.flatMap((pairId) => editsOf(pairId, change));
      const by = { reviewer: reviewer(), reason: why };
      const ownState = (pairId: number): PairState =>
        ownLabels(pairHistory(library, projectId, pairId), by.reviewer).state;
      return finish(
        projectId,
        editLabels(library, projectId, blind ? { ...by, ownLabels: ownState } : by, edits),
        blind,
      );
    },
    undo: ({ projectId, blind }) => finish(projectId, undoLabels(library, projectId, reviewer()), blind),
    redo: ({ projectId, blind }) => finish(projectId, redoLabels(library, projectId, reviewer()), blind),
    labelledSince: ({ projectId, since }) => labelledSince(library, projectId, reviewer(), since),
    history({ projectId, before, limit }) {
      const rows = projectHistory(library, projectId, before, limit);
      return { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
    },
    async importHistory({ projectId, file, format }) {
      const imported = importLabels(library, projectId, await readLabelText(pickedFiles.pathOf(file)), format);
      countFeed.publish(projectId);
      return imported;
    },
    export({ projectId, format }) {
      return {
        fileName: `labels.${format}`,
        mediaType: format === 'csv' ? 'text/csv' : 'application/jsonl',
        text: boundedText(exportLabels(library, projectId, format), labelsTooLarge),
      };
    },
    verify({ writtenDownHead }) {
      const { events, head, broken } = verifyChain(library, writtenDownHead);
      return { events, headHash: head.hash, broken: broken?.message ?? null };
    },
  };
}

/** One edit for each part that a change names. */
function editsOf(pairId: number, { unsafe, preferred, categories, severity, note, flagged }: LabelChange): LabelEdit[] {
  const edits: (LabelEdit | null)[] = [
    unsafe?.a === undefined ? null : { pairId, field: 'verdict', side: 'a', value: unsafe.a },
    unsafe?.b === undefined ? null : { pairId, field: 'verdict', side: 'b', value: unsafe.b },
    preferred === undefined ? null : { pairId, field: 'preference', value: preferred },
    categories === undefined ? null : { pairId, field: 'categories', side: categories.side, value: categories.values },
    severity === undefined ? null : { pairId, field: 'severity', side: severity.side, value: severity.value },
    note === undefined ? null : { pairId, field: 'note', side: note.side, value: note.text },
    flagged === undefined ? null : { pairId, field: 'flag', value: flagged },
  ];
  return edits.filter((edit) => edit !== null);
}

function labelsTooLarge(megabytes: number): Error {
  return doesNotFit(
    'labels-too-large',
    `The labels and their history make more than ${megabytes} MB, too much for one page. Export them by the ` +
      'command line, which writes them straight into a file.',
    { megabytes },
  );
}
