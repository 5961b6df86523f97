import type { LabelEvent, PairDetail } from '../../../preload/contract/operations/review.ts';
import type { Side } from '../../../preload/contract/pairs.ts';

/** A pair as a reviewer sees it who is not to know what others said: only what was last said by themselves is left. */
export function blindPair(detail: PairDetail, reviewer: string): PairDetail {
  const { pair, history } = detail;
  const isOwn = (field: string, side: Side | null): boolean => newestOf(history, field, side)?.reviewer === reviewer;
  const label = (side: Side): PairDetail['pair']['labels'][Side] => {
    const now = pair.labels[side];
    return {
      unsafe: isOwn('verdict', side) ? now.unsafe : null,
      categories: isOwn('categories', side) ? now.categories : [],
      severity: isOwn('severity', side) ? now.severity : null,
      note: isOwn('note', side) ? now.note : '',
      source: isOwn('verdict', side) ? now.source : null,
    };
  };
  return {
    ...detail,
    pair: { ...pair, preferred: isOwn('preference', null) ? pair.preferred : null, labels: { a: label('a'), b: label('b') } },
    history: history.filter((event) => event.reviewer === reviewer),
  };
}

function newestOf(history: readonly LabelEvent[], field: string, side: Side | null): LabelEvent | undefined {
  return history.find((event) => event.field === field && event.side === side);
}
