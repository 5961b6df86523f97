import { expect, test } from 'vitest';
import type { LabelEvent, PairDetail } from '../../../preload/contract/operations/review.ts';
import { blindPair } from './blind-pair.ts';

const event = (reviewer: string, field: string, side: 'a' | 'b' | null): LabelEvent => ({ id: 1, group: 'g', at: '2026-01-01T00:00:00Z', reviewer, pairId: 1, side, field, old: null, new: true, why: '' });

test('a blind reviewer sees only what they said last themselves', () => {
  const label = { unsafe: true, categories: ['Violence'], severity: 2, source: 'person', note: 'look' } as const;
  const detail: PairDetail = {
    pair: { id: 1, datasetId: 1, row: 1, prompt: [], responses: { a: '', b: '' }, preferred: 'a', labels: { a: label, b: label } },
    transform: 'dropped', flagged: false, heldOut: false,
    history: [event('Grace', 'verdict', 'b'), event('Ada', 'verdict', 'b'), event('Ada', 'verdict', 'a'), event('Grace', 'preference', null)],
  };
  const seen = blindPair(detail, 'Ada');
  expect(seen.pair.labels.a.unsafe).toBe(true);
  expect(seen.pair.labels.b).toEqual({ unsafe: null, categories: [], severity: null, source: null, note: '' });
  expect(seen.pair.preferred).toBeNull();
  expect(seen.history.every(({ reviewer }) => reviewer === 'Ada')).toBe(true);
});
