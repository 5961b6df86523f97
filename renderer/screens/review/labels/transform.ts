import type { Pair, Side } from '../../../../preload/contract/pairs.ts';
import type { TransformClass } from '../../../../native-models/vocabulary/lists.ts';
import { type TransformCounts, otherSide, transformPair } from '../../../../preload/contract/transform-pair.ts';

/** The five outcomes of SafeDPO's transform, in the words of the interface. */
export const outcomes: readonly {
  readonly name: TransformClass;
  readonly title: string;
  readonly meaning: string;
  readonly color: string;
}[] = [
  {
    name: 'keptSafeUnsafe',
    title: 'Kept, safe over unsafe',
    meaning: 'The preferred answer is the safe one. Trained with the required gap.',
    color: '--safe',
  },
  {
    name: 'swapped',
    title: 'Swapped',
    meaning: 'The preferred answer is unsafe, so the safe one is trained over it, with the gap.',
    color: '--accent',
  },
  {
    name: 'keptSafeSafe',
    title: 'Kept, safe over safe',
    meaning: 'Trained on helpfulness alone, without a gap.',
    color: '--series-2',
  },
  {
    name: 'dropped',
    title: 'Dropped',
    meaning: 'Both unsafe, or both safe and equally helpful: not trained on.',
    color: '--series-4',
  },
  {
    name: 'waiting',
    title: 'Waiting',
    meaning: 'A verdict or the preference is missing. Left out for now.',
    color: '--attention',
  },
];

export function outcomeTitle(name: TransformClass): string {
  return outcomes.find((outcome) => outcome.name === name)?.title ?? name;
}

/** One sentence: what SafeDPO will do with a pair. */
export function transformSentence({ labels, preferred }: Pick<Pair, 'labels' | 'preferred'>): string {
  const { class: outcome, chosen } = transformPair({
    preferred,
    safer: null,
    unsafe: { a: labels.a.unsafe, b: labels.b.unsafe },
  });
  if (outcome === 'waiting') return `Waiting: ${missingLabel(labels)}. SafeDPO leaves the pair out until then.`;
  if (chosen === null)
    return labels.a.unsafe === true
      ? 'SafeDPO drops this pair: both answers are unsafe.'
      : 'SafeDPO drops this pair: both answers are safe and equally helpful, so there is no preference to learn.';
  const trained = `SafeDPO will train ${sideName(chosen)} over ${sideName(otherSide(chosen))}`;
  if (outcome === 'keptSafeSafe') return `${trained}, without a gap (kept: both are safe).`;
  const why =
    outcome === 'swapped'
      ? 'swapped: the preferred answer is unsafe'
      : preferred === 'tie'
        ? 'kept: equally helpful, and only one is safe'
        : 'kept: the preferred answer is safe, the other is not';
  return `${trained}, with the required gap (${why}).`;
}

function missingLabel(labels: Pair['labels']): string {
  const missing = (['a', 'b'] as const).filter((side) => labels[side].unsafe === null).map(sideName);
  if (missing.length > 0) return `${missing.join(' and ')} ${missing.length === 1 ? 'has' : 'have'} no verdict`;
  return 'the preference is missing';
}

function sideName(side: Side): string {
  return side.toUpperCase();
}

export interface Band {
  readonly name: TransformClass;
  readonly color: string;
  readonly count: number;
  /** Outline of the band from the left bar to its own bar. */
  readonly path: string;
  readonly top: number;
  readonly height: number;
}

/**
 * The flow picture: bands from one bar of all pairs to a bar per outcome, in a drawing of the given size. Empty
 * outcomes have no band.
 */
export function flowBands(counts: TransformCounts, width: number, height: number): Band[] {
  const shown = outcomes.filter((outcome) => counts[outcome.name] > 0);
  const gap = 10;
  const scale = (height - gap * Math.max(0, shown.length - 1)) / Math.max(1, counts.total);
  const bend = width / 2;
  let from = (height - counts.total * scale) / 2;
  let to = 0;
  return shown.map((outcome) => {
    const size = counts[outcome.name] * scale;
    const path =
      `M0 ${from}C${bend} ${from} ${bend} ${to} ${width} ${to}V${to + size}C${bend} ${to + size} ${bend} ` +
      `${from + size} 0 ${from + size}Z`;
    const band = { name: outcome.name, color: outcome.color, count: counts[outcome.name], path, top: to, height: size };
    from += size;
    to += size + gap;
    return band;
  });
}
