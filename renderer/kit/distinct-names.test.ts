import { expect, test } from 'vitest';
import { distinctNames } from './distinct-names.ts';

test('equal names get numbers, others stay', () => {
  expect(distinctNames([{ name: 'trial' }, { name: 'paper' }, { name: 'trial' }])).toEqual([
    'trial (1 of 2)',
    'paper',
    'trial (2 of 2)',
  ]);
});
