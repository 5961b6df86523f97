import type { ClassCounts, TransformCounts } from './transform-pair.ts';

/** A project's pairs by class, and how many of the usable ones are held out. */
export type PairCounts = TransformCounts & { readonly heldOut: number };

/** Pairs that SafeDPO can use, held-out ones included. */
export function usablePairs({ keptSafeSafe, keptSafeUnsafe, swapped }: ClassCounts): number {
  return keptSafeSafe + keptSafeUnsafe + swapped;
}

/** What becomes of a project's pairs, in a sentence whose parts add up to the total. */
export function pairSentence(counts: PairCounts): string {
  const { total, dropped, waiting, heldOut } = counts;
  const count = (pairs: number): string => pairs.toLocaleString('en');
  const parts = [
    `${count(usablePairs(counts) - heldOut)} to train on`,
    ...(heldOut === 0 ? [] : [`${count(heldOut)} held out`]),
    ...(dropped === 0 ? [] : [`${count(dropped)} dropped`]),
    ...(waiting === 0 ? [] : [`${count(waiting)} waiting for a verdict or a preference`]),
  ];
  return `${count(total)} ${total === 1 ? 'pair' : 'pairs'}: ${parts.join(', ')}.`;
}
