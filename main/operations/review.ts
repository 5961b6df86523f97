import type { Handlers } from '../../preload/contract/contract.ts';
import type { LabelChange, LabelResult } from '../../preload/contract/operations/review.ts';
import { editLabels, type EditResult, type LabelEdit } from '../labels/edit.ts';
import type { PairState } from '../labels/state.ts';
import { redoLabels, undoLabels } from '../labels/undo.ts';
import { blindPairRows } from '../review/opinions/blind.ts';
import { labelledSince, pairHistory, projectHistory } from '../review/opinions/label-history.ts';
import { ownLabels } from '../review/opinions/own-state.ts';
import { readAppSettings } from '../library/app-settings.ts';
import { classCounts } from '../review/index/class-counts.ts';
import type { HandlerContext } from './context.ts';
import type { CountFeed } from './count-feed.ts';
import { checkpointInPauses } from './idle-checkpoint.ts';
import { pairDetail, requireVersion } from '../review/index/pair-detail.ts';
import { countByClass, filteredIds, pairRows } from '../review/index/review-rows.ts';

export function reviewHandlers(context: HandlerContext, countFeed: CountFeed): Handlers['review'] {
  const { library } = context;
  const written = checkpointInPauses(context);
  const reviewer = (): string => readAppSettings(library).reviewerName;
  const finish = (
    projectId: number,
    { group, pairIds, kept = 0 }: EditResult & { readonly kept?: number },
    blind: boolean,
  ): LabelResult => {
    written();
    const counts = countFeed.publish(projectId);
    const rows = pairRows(library, projectId, pairIds.slice(0, 500));
    return {
      pairs: blind ? blindPairRows(library, projectId, reviewer(), rows) : rows,
      changed: pairIds.length,
      kept,
      counts,
      group,
    };
  };

  return {
    counts: ({ projectId, filter }) =>
      Object.keys(filter).length === 0 ? classCounts(library, projectId) : countByClass(library, projectId, filter),
    countsFeed: ({ projectId }, sink) => countFeed.follow(projectId, sink),
    page({ projectId, filter, after, limit }) {
      const ids = filteredIds(library, projectId, filter, after, limit);
      return { rows: pairRows(library, projectId, ids), next: ids.length < limit ? null : (ids.at(-1) ?? null) };
    },
    ids: ({ projectId, filter }) => filteredIds(library, projectId, filter),
    rows: ({ projectId, pairIds }) => pairRows(library, projectId, pairIds),
    pair: ({ projectId, pairId, blind }) => pairDetail(library, projectId, pairId, blind ? reviewer() : null),
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
