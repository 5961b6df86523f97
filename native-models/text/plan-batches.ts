import { randomOrder, seededRandom } from './seeded-random.ts';

/** Batches sorted together: enough that rows of one batch are of like length, few enough that order stays random. */
const batchesPerBucket = 50;

/**
 * Which items go into which batch of an epoch. All items once, in random order of batches; items of like
 * length share a batch so that little is padding (buckets of 50 batches, as transformers groups by length).
 * Only the last batch may be smaller. The same lengths, size, seed and epoch give the same plan everywhere.
 */
export function planBatches(lengths: readonly number[], batchSize: number, seed: number, epoch: number): number[][] {
  const random = seededRandom(seed, epoch);
  const order = randomOrder(lengths.length, random);
  const lengthOf = (item: number): number => lengths[item] ?? 0;
  const sorted: number[] = [];
  for (let start = 0; start < order.length; start += batchSize * batchesPerBucket) {
    const bucket = order.slice(start, start + batchSize * batchesPerBucket);
    sorted.push(...bucket.sort((left, right) => lengthOf(right) - lengthOf(left) || left - right));
  }
  const fullBatches = Math.floor(sorted.length / batchSize);
  const batches = randomOrder(fullBatches, random).map((batch) => sorted.slice(batch * batchSize, (batch + 1) * batchSize));
  const rest = sorted.slice(fullBatches * batchSize);
  return rest.length > 0 ? [...batches, rest] : batches;
}
