import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { TrainJob } from '../../native-models/protocol/job.ts';
import { readThrough } from '../foreign/ask.ts';
import { referenceKeysQuestion } from './questions.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';

const lineSchema = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/), chosen: z.number(), rejected: z.number() });

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
  const lines: string[] = [];
  for await (const keys of readThrough(referenceKeysQuestion, { folder }, { subject: job.model.path }))
    for (const key of keys) {
      const known = lookUp.get(Buffer.from(key, 'hex'));
      if (known !== undefined) lines.push(JSON.stringify({ key, ...known }));
    }
  if (lines.length > 0) writeFileSync(join(folder, 'reference.jsonl'), `${lines.join('\n')}\n`);
  return lines.length;
}

/** Keeps what a run computed, for the next one on the same model and pairs. */
export async function keepReferences(library: Library, folder: string): Promise<void> {
  const file = join(folder, 'reference.jsonl');
  if (!existsSync(file)) return;
  const rows: z.output<typeof lineSchema>[] = [];
  // A line without its closing brace was cut short by a kill.
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line.endsWith('}')) rows.push(lineSchema.parse(JSON.parse(line)));
  const insert = library.db.prepare(
    'INSERT INTO reference_logprobs (key, chosen, rejected) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
  );
  transact(library, () => {
    for (const { key, chosen, rejected } of rows) insert.run(Buffer.from(key, 'hex'), chosen, rejected);
  });
}
