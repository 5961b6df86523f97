import { expect, test } from 'vitest';
import { truncate } from '../../native-models/text/truncate.ts';
import { isSameWhenCut } from './same-when-cut.ts';

const ids = (length: number, ...last: readonly number[]): number[] => [
  ...Array.from({ length }, (_, place) => 100 + place),
  ...last,
];

test.each([
  [10, ids(20, 1), ids(20, 2), 24],
  [10, ids(20, 1), ids(20, 2), 30],
  [10, ids(20, 1), ids(20, 2), 31],
  [10, ids(20, 1), ids(20, 2), 64],
  [60, ids(20, 1), ids(20, 2), 64],
  [60, ids(12, 1), ids(12, 2), 64],
  [60, ids(16, 1), ids(16, 2), 64],
  [1, ids(0, 1), ids(0, 2), 2],
  [10, ids(20), ids(20, 2), 30],
  [10, ids(20), ids(20, 2), 31],
])('a prompt of %d tokens, %j and %j in %i: as they are really cut', (promptLength, chosen, rejected, maxLength) => {
  const prompt = Array.from({ length: promptLength }, (_, place) => place);
  const [a, b] = truncate(prompt, [chosen, rejected], maxLength, null).completions;
  const differs = chosen.findIndex((id, place) => id !== rejected[place]);
  const shared = differs < 0 ? chosen.length : differs;
  const counted = { prompt: promptLength, chosen: chosen.length, rejected: rejected.length, shared };
  expect(isSameWhenCut(counted, maxLength)).toBe(JSON.stringify(a?.ids) === JSON.stringify(b?.ids));
});
