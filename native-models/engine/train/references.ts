import { createHash } from 'node:crypto';
import { pairLength } from '../../text/encode-pair.ts';
import { appendReferences, closeReferences, readReferences } from '../../protocol/run-folder/reference.ts';
import type { PairScore, Scorer } from '../infer/scorer.ts';
import type { ProviderName } from '../../vocabulary/lists.ts';
import type { Precision } from '../../protocol/precision.ts';
import type { TrainJob } from '../../protocol/run-folder/job.ts';

interface PairIds {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
}

/** What computes reference log-probabilities: it decides their last digits. */
export interface ReferenceArithmetic {
  readonly provider: ProviderName;
  readonly precision: Pick<Precision, 'storage' | 'compute'>;
}

/**
 * Names the reference log-probabilities of one tokenised pair under one model in one arithmetic. Those that versions
 * before 0.2 kept have other names: they did not check that the files were those of the hash.
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

/**
 * The frozen start model's log-probabilities of these pairs, from `reference.jsonl` of the run folder where they are
 * known (the services fill it from their cache), computed and appended where not. Whole batches are computed whatever
 * is known of them, so a resumed run gets the numbers an uninterrupted one gets.
 */
export async function referenceScores(
  runFolder: string,
  hash: string,
  arithmetic: ReferenceArithmetic,
  pairs: readonly PairIds[],
  scorer: Scorer,
  onProgress: (done: number) => Promise<void>,
): Promise<readonly PairScore[]> {
  const known = new Map<string, PairScore>();
  for await (const { key, chosen, rejected } of readReferences(runFolder)) known.set(key, { chosen, rejected });
  await closeReferences(runFolder);
  const keys = pairs.map((pair) => referenceKey(hash, arithmetic, pair));
  let done = 0;
  for (const members of scorer.batches(pairs.map(pairLength))) {
    if (members.some((index) => !known.has(keys[index] ?? ''))) {
      const scores = await scorer.pairs(members.flatMap((index) => pairs[index] ?? []));
      const lines = members.flatMap((index, place) => {
        const [key, score] = [keys[index], scores[place]];
        if (key === undefined || score === undefined || known.has(key)) return [];
        known.set(key, score);
        return [{ key, ...score }];
      });
      await appendReferences(runFolder, lines);
    }
    done += members.length;
    await onProgress(done);
  }
  return keys.map((key) => known.get(key) ?? { chosen: Number.NaN, rejected: Number.NaN });
}
