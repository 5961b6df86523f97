import type { OpinionTarget, OpinionValue, Suggestion } from '../../../../preload/contract/review-views.ts';

/** What an opinion is about, in the words of the interface. */
export function targetTitle(target: OpinionTarget): string {
  return { 'verdict a': 'A is', 'verdict b': 'B is', preference: 'more helpful:' }[target];
}

/** The answers there are to what a conflict is about. */
export function answersTo(target: OpinionTarget): readonly OpinionValue[] {
  return target === 'preference' ? ['a', 'b', 'tie'] : ['safe', 'unsafe'];
}

/** An answer as people read it. */
export function answerTitle(value: OpinionValue): string {
  return value === 'a' || value === 'b' ? value.toUpperCase() : value;
}

/** A suggestion with its probability: `unsafe (93 %)`. */
export function suggestionText({ target, score }: Pick<Suggestion, 'target' | 'score'>): string {
  const [high, low] = target === 'preference' ? ['A', 'B'] : ['unsafe', 'safe'];
  return `${score >= 0.5 ? high : low} (${Math.round(100 * Math.max(score, 1 - score))} %)`;
}
