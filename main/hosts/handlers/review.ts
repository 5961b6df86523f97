import type { Handlers } from '../../../preload/contract/contract.ts';
import type { LabelChange, LabelResult, PairDetail } from '../../../preload/contract/operations/review.ts';
import type { Message } from '../../../preload/contract/pairs.ts';
import { transformPair } from '../../../preload/contract/transform-pair.ts';
import { badInput } from '../../../native-models/failure.ts';
import { editLabels, type EditResult, type LabelEdit } from '../../labels/edit.ts';
import { stateStore, type SideState } from '../../labels/state.ts';
import { redoLabels, undoLabels } from '../../labels/undo.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { blindPairRows } from '../../review/blind.ts';
import { ownLabels } from '../../review/own-state.ts';
import { readAppSettings } from './app-settings.ts';
import { classCounts } from './class-counts.ts';
import type { HandlerContext } from './context.ts';
import type { CountFeed } from './count-feed.ts';
import { checkpointInPauses } from './idle-checkpoint.ts';
import { labelledSince, pairHistory, projectHistory } from './review-history.ts';
import { countByClass, filteredIds, pairRows } from './review-rows.ts';

export function reviewHandlers(context: HandlerContext, countFeed: CountFeed): Handlers['review'] {
  const { library } = context;
  const written = checkpointInPauses(context);
  const reviewer = (): string => readAppSettings(library).reviewerName;
  const finish = (projectId: number, { group, pairIds }: EditResult, blind: boolean): LabelResult => {
    written();
    const counts = countFeed.publish(projectId);
    const rows = pairRows(library, projectId, pairIds.slice(0, 500));
    return { pairs: blind ? blindPairRows(library, projectId, reviewer(), rows) : rows, changed: pairIds.length, counts, group };
  };

  return {
    counts: ({ projectId, filter }) => (Object.keys(filter).length === 0 ? classCounts(library, projectId) : countByClass(library, projectId, filter)),
    countsFeed: ({ projectId }, sink) => countFeed.follow(projectId, sink),
    page({ projectId, filter, after, limit }) {
      const ids = filteredIds(library, projectId, filter, after, limit);
      return { rows: pairRows(library, projectId, ids), next: ids.length < limit ? null : (ids.at(-1) ?? null) };
    },
    ids: ({ projectId, filter }) => filteredIds(library, projectId, filter),
    rows: ({ projectId, pairIds }) => pairRows(library, projectId, pairIds),
    pair: ({ projectId, pairId, blind }) => pairDetail(library, projectId, pairId, blind ? reviewer() : null),
    label({ projectId, pairIds, change, why, blind }) {
      const edits = pairIds.flatMap((pairId) => editsOf(pairId, change));
      return finish(projectId, editLabels(library, projectId, { reviewer: reviewer(), reason: why }, edits), blind);
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

interface StoredPair {
  readonly prompt: string;
  readonly response_a: string;
  readonly response_b: string;
  readonly held_out: number;
}

const storedPair = oncePerLibrary(({ db }) => db.prepare<[number], StoredPair>('SELECT prompt, response_a, response_b, held_out FROM pairs JOIN pair_labels ON pair_id = id WHERE id = ?'));

/** With `onlyBy` the pair as that reviewer alone has labelled it. Throws `unknown-pair`. */
function pairDetail(library: Library, projectId: number, pairId: number, onlyBy: string | null): PairDetail {
  const [row] = pairRows(library, projectId, [pairId]);
  const events = pairHistory(library, projectId, pairId);
  const { state, history } = onlyBy === null ? { state: stateStore(library).read(pairId), history: events } : ownLabels(events, onlyBy);
  const stored = storedPair(library).get(pairId);
  if (row === undefined || state === null || stored === undefined) throw badInput('unknown-pair', `Project ${projectId} has no pair ${pairId}.`, { project: projectId, pair: pairId });
  const prompt: readonly Message[] = JSON.parse(stored.prompt);
  const responses = { a: stored.response_a, b: stored.response_b };
  const labels = { a: labelOf(state.a), b: labelOf(state.b) };
  return {
    pair: { id: pairId, datasetId: row.datasetId, row: row.row, prompt, responses, preferred: state.preferred, labels },
    transform: transformPair({ preferred: state.preferred, safer: null, unsafe: { a: state.a.unsafe, b: state.b.unsafe } }).class,
    flagged: state.flagged,
    heldOut: stored.held_out === 1,
    history,
  };
}

function labelOf({ unsafe, categories, severity, source, note }: SideState): PairDetail['pair']['labels']['a'] {
  return { unsafe, categories, severity, source, note };
}
