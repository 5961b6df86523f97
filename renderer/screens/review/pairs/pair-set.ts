import { outcomes } from '../labels/transform.ts';

/** What the review page is opened on. */
export type PairSet =
  | { readonly kind: 'query'; readonly query: string }
  | { readonly kind: 'audit'; readonly auditId: number }
  | { readonly kind: 'pairs'; readonly pairIds: readonly number[] };

/** Reads the set of an address: an outcome, `flagged`, `all`, `audit 3`, `pair 12`, or else a typed query. */
export function parsePairSet(set: string): PairSet {
  const [, kind, number] = /^(audit|pair) ([1-9]\d{0,14})$/.exec(set) ?? [];
  if (kind === 'audit') return { kind, auditId: Number(number) };
  if (kind === 'pair') return { kind: 'pairs', pairIds: [Number(number)] };
  if (set === 'all') return { kind: 'query', query: '' };
  if (set === 'flagged') return { kind: 'query', query: 'flagged:yes' };
  return { kind: 'query', query: outcomes.some(({ name }) => name === set) ? `class:${set}` : set };
}
