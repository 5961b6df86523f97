import { argMax, cumulativeSum, reduceSum, softmax } from '../../graph/contraction.ts';
import { cast, div, equal, less, lessOrEqual, minimum, mul, or, sub, where } from '../../graph/elementwise.ts';
import { gatherLast, reshape, topK } from '../../graph/layout.ts';
import { dimAt, staticDim } from '../../graph/shape.ts';
import { type Value, scalar } from '../../graph/value.ts';

/** How the next token is drawn; `null` is greedy. */
export interface Drawing {
  /** `[1]` */
  readonly temperature: Value;
  /** `[1]`: the smallest set of most likely tokens whose probabilities reach this is drawn from (arXiv 1904.09751). */
  readonly topP: Value;
}

/**
 * The next token of each sequence: `logits [batch, vocabulary]`, `noise [batch]` uniform in [0, 1) → `[batch]` int64.
 */
export function nextToken(logits: Value, noise: Value, drawing: Drawing | null): Value {
  if (drawing === null) return argMax(logits);
  const [batch, vocabulary] = [dimAt(logits.shape, 0), staticDim(logits.shape, 1)];
  const [sorted, tokens] = topK(div(logits, drawing.temperature), vocabulary);
  const shares = softmax(sorted);
  const kept = where(less(cumulativeSum(shares, true), drawing.topP), shares, scalar(shares.dtype, 0));
  const total = reduceSum(kept, { axes: [-1], keepDims: true });
  const reached = lessOrEqual(cumulativeSum(kept), mul(total, reshape(noise, [batch, 1])));
  const passed = reduceSum(cast(reached, shares.dtype), { axes: [-1], keepDims: true });
  const count = reduceSum(cast(less(scalar(shares.dtype, 0), kept), shares.dtype), { axes: [-1], keepDims: true });
  const place = cast(minimum(passed, sub(count, scalar(shares.dtype, 1))), 'int64');
  return reshape(gatherLast(tokens, place), [batch]);
}

/** Whether each token ends a text: `[batch]` bool. */
export function endsText(tokens: Value, eosIds: readonly number[]): Value {
  const matches = eosIds.map((id) => equal(tokens, scalar('int64', id)));
  const [first, ...rest] = matches;
  return first === undefined ? less(tokens, scalar('int64', 0)) : rest.reduce((any, match) => or(any, match), first);
}
