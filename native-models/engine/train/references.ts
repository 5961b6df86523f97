import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Precision } from '../../decoder/precision.ts';
import { pairLength } from '../../text/encode-pair.ts';
import type { TrainJob } from '../../protocol/job.ts';
import type { PairScore, Scorer } from '../infer/scorer.ts';
import type { ProviderName } from '../../vocabulary/lists.ts';

interface PairIds {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
}

/** A line of `reference.jsonl`. */
const referenceLine = z.object({ key: z.string(), chosen: z.number(), rejected: z.number() });

/** What computes reference log-probabilities: it decides their last digits. */
export interface ReferenceArithmetic {
  readonly provider: ProviderName;
  readonly precision: Pick<Precision, 'storage' | 'compute'>;
}

/**
 * Names the reference log-probabilities of one tokenised pair under one model in one arithmetic. Those that versions
 * before 0.2
 * kept have other names: they did not check that the files were those of the hash.
 */
export function referenceKey(
  modelHash: string,
  { provider, precision }: ReferenceArithmetic,
  { promptIds, chosenIds, rejectedIds }: PairIds,
): string {
  return createHash('sha256')
    .update(
      [
        'of hashed files',
        modelHash,
        provider,
        precision.storage,
        precision.compute,
        promptIds.join(','),
        chosenIds.join(','),
        rejectedIds.join(','),
      ].join('\n'),
    )
    .digest('hex');
}

/** One hash for all files of a model. */
export function modelHash({ model }: Pick<TrainJob, 'model'>): string {
  const lines = Object.entries(model.sha256).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(lines.map(([file, hash]) => `${file} ${hash}`).join('\n'))
    .digest('hex');
}

async function readKnown(file: string): Promise<Map<string, PairScore>> {
  const known = new Map<string, PairScore>();
  if (!existsSync(file)) return known;
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    // A kill may have cut the last line short; what it said is computed again.
    if (!line.endsWith('}')) continue;
    const { key, ...score } = referenceLine.parse(JSON.parse(line));
    known.set(key, score);
  }
  return known;
}

/**
 * The frozen start model's log-probabilities of these pairs, from `reference.jsonl` of the run folder where they are
 * known
 * (the services fill it from their cache), computed and appended where not. Whole batches are computed whatever is
 * known of them, so a resumed run gets the numbers an uninterrupted one gets.
 */
export async function referenceScores(
  runFolder: string,
  hash: string,
  arithmetic: ReferenceArithmetic,
  pairs: readonly PairIds[],
  scorer: Scorer,
  onProgress: (done: number) => Promise<void>,
): Promise<readonly PairScore[]> {
  const file = join(runFolder, 'reference.jsonl');
  const known = await readKnown(file);
  // A line cut short by a kill is closed, so that what is appended starts a line of its own.
  if (existsSync(file) && !(await readFile(file, 'utf8')).endsWith('\n')) await appendFile(file, '\n');
  const keys = pairs.map((pair) => referenceKey(hash, arithmetic, pair));
  let done = 0;
  for (const members of scorer.batches(pairs.map(pairLength))) {
    if (members.some((index) => !known.has(keys[index] ?? ''))) {
      const scores = await scorer.pairs(members.flatMap((index) => pairs[index] ?? []));
      const lines = members.flatMap((index, place) => {
        const [key, score] = [keys[index], scores[place]];
        if (key === undefined || score === undefined || known.has(key)) return [];
        known.set(key, score);
        return [`${JSON.stringify({ key, ...score })}\n`];
      });
      await appendFile(file, lines.join(''));
    }
    done += members.length;
    await onProgress(done);
  }
  return keys.map((key) => known.get(key) ?? { chosen: Number.NaN, rejected: Number.NaN });
}
