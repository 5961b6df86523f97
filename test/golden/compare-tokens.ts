/** A pair as token ids. */
export interface PairIds {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
}

/** How ours stand to TRL's: the same, the same but for the end as ADR 10 has it, or other. */
export type Comparison = 'equal' | 'end' | 'different';

/** What tells where an answer ends. */
export interface Ends {
  readonly ids: ReadonlySet<number>;
  /** The one appended where an answer has none. */
  readonly eosId: number | null;
  readonly decode: (ids: readonly number[]) => string;
}

/** Compares the tokens of a pair with TRL's of the same pair. */
export function comparePairs(ours: PairIds, theirs: PairIds, ends: Ends): Comparison {
  const answers = new Set([
    compareAnswers(ours.chosenIds, theirs.chosenIds, ends),
    compareAnswers(ours.rejectedIds, theirs.rejectedIds, ends),
  ]);
  if (!isSame(ours.promptIds, theirs.promptIds) || answers.has('different')) return 'different';
  return answers.has('end') ? 'end' : 'equal';
}

function compareAnswers(ours: readonly number[], theirs: readonly number[], { ids, eosId, decode }: Ends): Comparison {
  if (isSame(ours, theirs)) return 'equal';
  const end = theirs.findLastIndex((id) => ids.has(id));
  const endsThere = end >= 0 && decode(theirs.slice(end + 1)).trim() === '';
  const wanted = endsThere ? theirs.slice(0, end + 1) : [...theirs, ...(eosId === null ? [] : [eosId])];
  return isSame(ours, wanted) ? 'end' : 'different';
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((id, index) => id === right[index]);
}
