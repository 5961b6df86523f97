import { expect, test } from 'vitest';
import { pairSentence } from './pair-counts.ts';

const none = { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0, heldOut: 0 };

test('the parts of the sentence add up to all pairs', () => {
  const counts = { ...none, keptSafeSafe: 200, keptSafeUnsafe: 240, swapped: 100, dropped: 40, waiting: 20 };
  const sentence = pairSentence({ ...counts, heldOut: 66, total: 600 });
  expect(sentence).toBe(
    '600 pairs: 474 to train on, 66 held out, 40 dropped, 20 waiting for a verdict or a preference.',
  );
  const [total = 0, ...parts] = [...sentence.matchAll(/\d+/g)].map(([number]) => Number(number));
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
});

test('what does not occur is not mentioned', () => {
  expect(pairSentence({ ...none, swapped: 1, total: 1 })).toBe('1 pair: 1 to train on.');
});
