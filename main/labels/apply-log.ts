import type { Library } from '../library/library.ts';
import { eventColumns } from './chain.ts';
import type { LabelEvent } from './chain.ts';
import { fieldValue, writeField } from './field-value.ts';
import { baselineOf, stateStore } from './state.ts';
import type { BaselineRow, PairState } from './state.ts';

/**
 * Gives the pairs of a dataset the labels that the log comes to. Events are about pairs by content, so what people said
 * of a pair holds again when its file is imported anew or comes back from the trash. Use it inside a transaction.
 */
export function applyLog(library: Library, projectId: number, datasetId: number): void {
  // From the log to the pairs (the plus keeps SQLite from the index of the dataset): the log is short, a dataset may
  // have 300,000 pairs.
  const events = library.db.prepare<{ project: number; dataset: number }, LabelEvent & { pairId: number }>(`
    SELECT * FROM (
      SELECT ${eventColumns}, (SELECT id FROM pairs WHERE pairs.project_id = :project AND content_hash = unhex(pair)
        AND +pairs.dataset_id = :dataset) AS pairId
      FROM label_events WHERE project_id = :project AND pair IS NOT NULL)
    WHERE pairId IS NOT NULL ORDER BY seq`);
  const imported = library.db.prepare<[number], BaselineRow>('SELECT * FROM pairs WHERE id = ?');
  const states = new Map<number, PairState>();
  for (const event of events.iterate({ project: projectId, dataset: datasetId })) {
    const known = states.get(event.pairId) ?? importedState(imported.get(event.pairId));
    states.set(
      event.pairId,
      writeField(
        known,
        fieldValue.parse({ field: event.field, side: event.side, value: JSON.parse(event.new) }),
        event.seq,
      ),
    );
  }
  const store = stateStore(library);
  for (const [pairId, state] of states) store.write(pairId, state);
}

function importedState(row: BaselineRow | undefined): PairState {
  if (row === undefined) throw new RangeError('a label event names a pair that is gone');
  return baselineOf(row);
}
