import { badInput } from '../../../native-models/failure.ts';
import type { PairDetail } from '../../../preload/contract/operations/review.ts';
import type { Message } from '../../../preload/contract/pairs.ts';
import { transformPair } from '../../../preload/contract/transform-pair.ts';
import { unknownPair } from '../../labels/edit.ts';
import { stateStore, type SideState } from '../../labels/state.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { pairHistory } from '../opinions/label-history.ts';
import { ownLabels } from '../opinions/own-state.ts';
import type { LabelEvent } from '../../../preload/contract/operations/labels.ts';

interface StoredPair {
  readonly datasetId: number;
  readonly row: number;
  readonly prompt: string;
  readonly response_a: string;
  readonly response_b: string;
  readonly held_out: number;
}

const storedPair = oncePerLibrary(({ db }) =>
  db.prepare<[number, number], StoredPair>(
    `SELECT pairs.dataset_id AS datasetId, row, prompt, response_a, response_b, held_out
    FROM pairs JOIN pair_labels ON pair_id = id WHERE id = ? AND pairs.project_id = ?`,
  ),
);

/** A pair with its labels and history; with `onlyBy` as that reviewer alone has labelled it. Throws `unknown-pair`. */
export function pairDetail(library: Library, projectId: number, pairId: number, onlyBy: string | null): PairDetail {
  const events = pairHistory(library, projectId, pairId);
  const { state, history } =
    onlyBy === null ? { state: stateStore(library).read(pairId), history: events } : ownLabels(events, onlyBy);
  const stored = storedPair(library).get(pairId, projectId);
  if (state === null || stored === undefined) throw unknownPair(projectId, pairId);
  const prompt: readonly Message[] = JSON.parse(stored.prompt);
  const responses = { a: stored.response_a, b: stored.response_b };
  const labels = { a: labelOf(state.a), b: labelOf(state.b) };
  return {
    pair: {
      id: pairId,
      datasetId: stored.datasetId,
      row: stored.row,
      prompt,
      responses,
      preferred: state.preferred,
      labels,
    },
    class: transformPair({
      preferred: state.preferred,
      safer: null,
      unsafe: { a: state.a.unsafe, b: state.b.unsafe },
    }).class,
    flagged: state.flagged,
    heldOut: stored.held_out === 1,
    version: versionOf(events),
    history,
  };
}

/** Throws `label-changed-meanwhile` where a pair's labels are not as the person saw them. */
export function requireVersion(library: Library, projectId: number, pairId: number, seen: number): void {
  if (versionOf(pairHistory(library, projectId, pairId)) === seen) return;
  throw badInput(
    'label-changed-meanwhile',
    `Pair ${pairId} was changed in another window since you saw it, so your change was not stored. It is ` +
      'shown as it is now: decide again.',
    { pair: pairId },
  );
}

/** The number of the newest event, which all events of a library share one count for. */
function versionOf([newest]: readonly LabelEvent[]): number {
  return newest?.id ?? 0;
}

function labelOf({ unsafe, categories, severity, source, note }: SideState): PairDetail['pair']['labels']['a'] {
  return { unsafe, categories, severity, source, note };
}
