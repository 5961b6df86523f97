import {
  type ReferenceLine,
  readReferences,
  writeReferencesSync,
} from '../../native-models/protocol/run-folder/reference.ts';
import { readThrough } from '../foreign/ask.ts';
import { referenceKeysQuestion } from './questions.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

/**
 * Writes the reference log-probabilities that earlier runs computed for the same model, provider and token ids into
 * `reference.jsonl`, so that the engine need not compute them again.
 * @returns how many pairs were known
 */
export async function fillReferences(library: Library, folder: string, job: TrainJob): Promise<number> {
  const lookUp = library.db.prepare<[Buffer], { chosen: number; rejected: number }>(
    'SELECT chosen, rejected FROM reference_logprobs WHERE key = ?',
  );
  if (library.db.prepare('SELECT 1 FROM reference_logprobs LIMIT 1').get() === undefined) return 0;
  const lines: ReferenceLine[] = [];
  for await (const keys of readThrough(referenceKeysQuestion, { folder }, { subject: job.model.path }))
    for (const key of keys) {
      const known = lookUp.get(Buffer.from(key, 'hex'));
      if (known !== undefined) lines.push({ key, ...known });
    }
  if (lines.length > 0) writeReferencesSync(folder, lines);
  return lines.length;
}

/** Keeps what a run computed, for the next one on the same model and pairs. */
export async function keepReferences(library: Library, folder: string): Promise<void> {
  const rows: ReferenceLine[] = [];
  for await (const line of readReferences(folder)) rows.push(line);
  if (rows.length === 0) return;
  const insert = library.db.prepare(
    'INSERT INTO reference_logprobs (key, chosen, rejected) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
  );
  transact(library, () => {
    for (const { key, chosen, rejected } of rows) insert.run(Buffer.from(key, 'hex'), chosen, rejected);
  });
}
