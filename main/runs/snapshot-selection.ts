import type { Library } from '../library/library.ts';
import { seededShare } from '../projects/split.ts';
import { choosePairs } from '../transform/training-pairs.ts';
import type { PairChoice } from '../transform/training-pairs.ts';
import type { ObjectiveName } from '../../native-models/vocabulary/objectives.ts';

export interface SelectedPairs {
  readonly training: readonly PairChoice[];
  readonly heldOut: readonly PairChoice[];
}

/**
 * The pairs an objective trains on and those held out, in the order of their ids. A dataset's weight repeats its
 * training pairs: 2.5 means twice, and half of them, drawn by the seed, once more; 0 leaves them out.
 * `limit` then keeps the training pairs that a seeded hash puts first.
 */
export function selectPairs(
  library: Library,
  projectId: number,
  objective: ObjectiveName,
  { limit, seed }: { readonly limit: number | null; readonly seed: number },
): SelectedPairs {
  const training: PairChoice[] = [];
  const heldOut: PairChoice[] = [];
  for (const choice of choosePairs(library, projectId, objective)) {
    if (choice.heldOut) heldOut.push(choice);
    else for (let copy = copies(choice, seed); copy > 0; copy -= 1) training.push(choice);
  }
  return { training: limit === null || training.length <= limit ? training : draw(training, limit, seed), heldOut };
}

function copies({ weight, pairId }: PairChoice, seed: number): number {
  const whole = Math.floor(weight);
  return whole + Number(seededShare(seed, `copy ${pairId}`) < weight - whole);
}

function draw(choices: readonly PairChoice[], limit: number, seed: number): PairChoice[] {
  return choices
    .map((choice, position) => ({ choice, position, key: seededShare(seed, `limit ${choice.pairId} ${position}`) }))
    .sort((left, right) => left.key - right.key)
    .slice(0, limit)
    .sort((left, right) => left.position - right.position)
    .map(({ choice }) => choice);
}
