import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';
import { diffWordsOf } from './word-diff.ts';

test('a word diff names what only one side has, and rebuilds both texts', () => {
  const before = 'Take the red key and open the door.';
  const after = 'Do not take the red key; ask the keeper.';
  const parts = diffWordsOf(before, after);
  expect(
    parts
      .filter((part) => part.kind !== 'added')
      .map((part) => part.text)
      .join(''),
  ).toBe(before);
  expect(
    parts
      .filter((part) => part.kind !== 'removed')
      .map((part) => part.text)
      .join(''),
  ).toBe(after);
  expect(parts.some((part) => part.kind === 'same' && part.text.includes('red key'))).toBe(true);
});

test('words shared by chance do not cut a change into pieces', () => {
  expect(
    diffWordsOf(
      'Just climb over it when nobody looks, and you will manage.',
      'Wait for the keeper when he comes, and you will manage.',
    ),
  ).toEqual([
    { text: 'Just climb over it when nobody looks', kind: 'removed' },
    { text: 'Wait for the keeper when he comes', kind: 'added' },
    { text: ', and you will manage.', kind: 'same' },
  ]);
});

test('texts too long to compare come back whole', () => {
  const long = 'word '.repeat(10_000);
  expect(diffWordsOf(long, 'short').map((part) => part.kind)).toEqual(['removed', 'added']);
});

test('invisible and direction-changing characters are named', () => {
  expect(visibleText('safe\u202Eefasnu\u200B\n<b>')).toEqual([
    { text: 'safe', replaced: false },
    { text: 'U+202E', replaced: true },
    { text: 'efasnu', replaced: false },
    { text: 'U+200B', replaced: true },
    { text: '\n<b>', replaced: false },
  ]);
  expect(visibleText('')).toEqual([]);
});
