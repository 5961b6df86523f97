import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import type { RunStatus } from '../../native-models/protocol/run-folder/status.ts';
import type { TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';

/** Brings the library's index of a run up to date with what its folder says. */
export function recordEvents(
  library: Library,
  runId: string,
  events: readonly TrainEvent[],
  status: RunStatus | null,
): void {
  const { db } = library;
  const metric =
    db.prepare(`INSERT INTO run_metrics (run_id, name, first, last, minimum, maximum) VALUES (:run, :name, :value,
      :value, :value, :value)
    ON CONFLICT (run_id, name) DO UPDATE
    SET last = :value, minimum = min(minimum, :value), maximum = max(maximum, :value)`);
  const checkpoint =
    db.prepare(`INSERT INTO checkpoints (run_id, step, folder, bytes, created_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (run_id, step) DO UPDATE SET bytes = excluded.bytes, created_at = excluded.created_at`);
  transact(library, () => {
    for (const event of events) {
      if (event.event === 'step')
        for (const [name, value] of Object.entries(event))
          if (typeof value === 'number' && name !== 'step') metric.run({ run: runId, name, value });
      if (event.event === 'checkpoint')
        checkpoint.run(runId, event.step, event.path, folderBytes(event.path), new Date().toISOString());
    }
    if (status !== null) recordStatus(library, runId, status);
  });
}

/** Remembers why a run ended without its engine saying so. */
export function recordFailure(
  library: Library,
  runId: string,
  failure: { readonly code: string; readonly message: string },
): void {
  transact(library, () =>
    library.db
      .prepare("UPDATE runs SET state = 'failed', finished_at = ?, failure = ? WHERE id = ?")
      .run(new Date().toISOString(), JSON.stringify({ code: failure.code, message: failure.message }), runId),
  );
}

function recordStatus({ db }: Library, runId: string, { state, step, totalSteps, error }: RunStatus): void {
  const ended = state === 'done' || state === 'stopped' || state === 'failed';
  db.prepare('UPDATE runs SET state = ?, step = ?, steps = ?, finished_at = ?, failure = ? WHERE id = ?').run(
    state,
    step,
    totalSteps,
    ended ? new Date().toISOString() : null,
    error === null ? null : JSON.stringify({ code: error.code, message: error.message }),
    runId,
  );
}

/** 0 for a checkpoint that a later one has already replaced. */
function folderBytes(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
