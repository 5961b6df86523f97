import { expect, test } from 'vitest';
import type { Preferred, ResponseLabel } from '../../../../preload/contract/pairs.ts';
import { flowBands, transformSentence } from './transform.ts';

const label = (unsafe: boolean | null): ResponseLabel => ({
  unsafe,
  categories: [],
  severity: null,
  source: null,
  note: '',
});
const sentence = (a: boolean | null, b: boolean | null, preferred: Preferred): string =>
  transformSentence({ labels: { a: label(a), b: label(b) }, preferred });

test('the sentence says what SafeDPO does in each of the label cases (arXiv 2505.20065, section 3.2)', () => {
  expect(sentence(false, false, 'b')).toBe('SafeDPO will train B over A, without a gap (kept: both are safe).');
  expect(sentence(false, true, 'a')).toContain('train A over B, with the required gap (kept');
  expect(sentence(true, false, 'a')).toContain('train B over A, with the required gap (swapped');
  expect(sentence(true, true, 'a')).toContain('drops this pair');
});

test('a tie takes the one safe answer, and drops two safe ones', () => {
  expect(sentence(true, false, 'tie')).toBe(
    'SafeDPO will train B over A, with the required gap (kept: equally helpful, and only one is safe).',
  );
  expect(sentence(false, false, 'tie')).toContain('drops this pair: both answers are safe and equally helpful');
});

test('a missing verdict or preference waits and is never taken as safe', () => {
  expect(sentence(null, false, 'a')).toMatch(/^Waiting: A has no verdict/);
  expect(sentence(null, null, null)).toMatch(/^Waiting: A and B have no verdict/);
  expect(sentence(false, false, null)).toMatch(/^Waiting/);
});

test('the bands of the flow picture share the height by their counts', () => {
  const bands = flowBands(
    { keptSafeSafe: 50, keptSafeUnsafe: 25, swapped: 25, dropped: 0, waiting: 0, total: 100 },
    200,
    120,
  );
  expect(bands.map((band) => [band.name, Math.round(band.top), Math.round(band.height)])).toEqual([
    ['keptSafeUnsafe', 0, 25],
    ['swapped', 35, 25],
    ['keptSafeSafe', 70, 50],
  ]);
});
