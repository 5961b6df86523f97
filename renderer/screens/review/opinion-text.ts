import type { OpinionTarget, Suggestion } from '../../../preload/contract/review-views.ts';

/** What an opinion is about, in the words of the interface. */
export function targetTitle(target: OpinionTarget): string {
  return { 'verdict a': 'A is', 'verdict b': 'B is', preference: 'more helpful:' }[target];
}

/** A suggestion with its probability: `unsafe 0.93`. */
export function suggestionText({ target, score }: Pick<Suggestion, 'target' | 'score'>): string {
  const [high, low] = target === 'preference' ? ['A', 'B'] : ['unsafe', 'safe'];
  return score >= 0.5 ? `${high} ${score.toFixed(2)}` : `${low} ${(1 - score).toFixed(2)}`;
}
