import type { Library } from '../../library/library.ts';
import { transformPair } from '../../../preload/contract/transform-pair.ts';
import type { OpinionTarget, OpinionValue } from '../../../preload/contract/review-views.ts';
import type { ReviewColumns } from './columns.ts';
import { readOpinions } from '../opinions/opinions.ts';
import type { ReviewState } from './review-state.ts';
import { SortOrders } from './sort-orders.ts';
import { largestOf } from '../../../native-models/extremes.ts';

/** What a filter reads of columns. */
export type FilterColumns = Pick<ReviewColumns, 'ids' | 'states' | 'lengths' | 'orders' | 'distinct'>;

type Said = Partial<Record<OpinionTarget, OpinionValue>>;

/**
 * The columns as a reviewer may see them who is not to know what others said: every pair waits, but for what this
 * reviewer has said of it. Dataset, split, lengths and texts are as they are.
 */
export function blindColumns(
  library: Library,
  projectId: number,
  columns: ReviewColumns,
  reviewer: string,
): FilterColumns {
  const distinct: ReviewState[] = [];
  const codes = new Map<string, number>();
  const codeOf = (seen: ReviewState, said: Said): number => {
    const key = JSON.stringify([seen.dataset, seen.split, said]);
    const code = codes.get(key) ?? distinct.push(blindState(seen, said, reviewer)) - 1;
    codes.set(key, code);
    return code;
  };
  const unsaid = columns.distinct.map((state) => codeOf(state, {}));
  const states = columns.states.map((state) => unsaid[state] ?? 0);
  const changed = new Int32Array(columns.ids.length);
  const own = Map.groupBy(
    readOpinions(library, projectId).filter((opinion) => opinion.reviewer === reviewer),
    ({ pairId }) => pairId,
  );
  for (const [pairId, opinions] of own) {
    const place = columns.placeOf(pairId);
    const seen = columns.distinct[columns.states[place] ?? 0];
    if (place < 0 || seen === undefined) continue;
    states[place] = codeOf(seen, Object.fromEntries(opinions.map(({ target, value }) => [target, value])));
    changed[place] = largestOf(opinions.map(({ seq }) => seq));
  }
  const { ids, lengths } = columns;
  return {
    ids,
    states,
    lengths,
    distinct,
    orders: new SortOrders({ ids, lengths, changed, informative: new Float32Array(ids.length).fill(-1) }),
  };
}

function blindState({ dataset, split }: ReviewState, said: Said, reviewer: string): ReviewState {
  const unsafe = { a: isUnsafe(said['verdict a']), b: isUnsafe(said['verdict b']) };
  const preferred =
    said.preference === 'a' || said.preference === 'b' || said.preference === 'tie' ? said.preference : null;
  const isSaid = Object.keys(said).length > 0;
  return {
    class: [transformPair({ preferred, safer: null, unsafe }).class],
    verdict: [...new Set([said['verdict a'] ?? 'unknown', said['verdict b'] ?? 'unknown'])],
    source: [...(isSaid ? ['person'] : []), ...(unsafe.a === null || unsafe.b === null ? ['none'] : [])],
    reviewer: isSaid ? [reviewer] : [],
    category: [],
    severity: ['none'],
    flagged: ['no'],
    disagreement: ['no'],
    lint: [],
    suggested: ['no'],
    dataset,
    split,
  };
}

function isUnsafe(value: OpinionValue | undefined): boolean | null {
  return value === undefined ? null : value === 'unsafe';
}
