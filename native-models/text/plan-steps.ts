import { randomOrder, seededRandom } from './seeded-random.ts';

/**
 * The optimiser steps of an epoch: every item once, in random order, `batchSize · accumulate` items a step, as
 * micro-batches of at most `batchSize`. Only the last step may be smaller. Which items share a step has nothing to do
 * with their length: steps of like lengths hold one kind of text and train badly (docs/adr/0050-random-steps.md).
 * Within a step, whose gradient is one sum, items of like length share a micro-batch so that little is padding. The
 * same arguments give the same plan everywhere.
 */
export function planSteps(
  lengths: readonly number[],
  batchSize: number,
  accumulate: number,
  seed: number,
  epoch: number,
): number[][][] {
  const order = randomOrder(lengths.length, seededRandom(seed, epoch));
  const steps = chunks(order, batchSize * accumulate);
  return steps.map((step) =>
    chunks(
      step.toSorted((left, right) => (lengths[right] ?? 0) - (lengths[left] ?? 0) || left - right),
      batchSize,
    ),
  );
}

/** Optimiser steps of a run over `items` items; part of an epoch counts as the steps that it takes. */
export function countSteps(
  items: number,
  {
    epochs,
    batchSize,
    accumulate,
  }: { readonly epochs: number; readonly batchSize: number; readonly accumulate: number },
): number {
  return Math.ceil(epochs * Math.ceil(items / (batchSize * accumulate)));
}

function chunks(items: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
