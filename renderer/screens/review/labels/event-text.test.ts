import { expect, test } from 'vitest';
import { eventText } from './event-text.ts';
import type { LabelEvent } from '../../../../preload/contract/operations/labels.ts';

const event = (part: Partial<LabelEvent>): LabelEvent => ({
  id: 1,
  kind: 'edit',
  group: 'g',
  target: null,
  at: '',
  reviewer: 'Ada',
  pairId: 1,
  side: null,
  field: 'flag',
  old: null,
  new: null,
  why: '',
  ...part,
});

test('events are told in words', () => {
  const imported = { unsafe: true, source: 'imported', reviewer: null };
  const given = { unsafe: false, source: 'person', reviewer: 'Ada' };
  expect(eventText(event({ kind: 'undo', side: 'a', field: 'verdict', old: given, new: imported }))).toEqual({
    what: 'undo: A verdict',
    old: 'safe, by Ada',
    new: 'unsafe, imported',
  });
  expect(
    eventText(
      event({
        field: 'preference',
        old: { preferred: null, source: null, reviewer: null },
        new: { preferred: 'tie', source: 'person', reviewer: 'Ada' },
      }),
    ),
  ).toMatchObject({ old: 'none', new: 'tie, by Ada' });
  expect(eventText(event({ side: 'b', field: 'categories', old: [], new: ['Drugs', 'Violence'] }))).toEqual({
    what: 'B categories',
    old: 'none',
    new: 'Drugs, Violence',
  });
  expect(eventText(event({ field: 'flag', old: false, new: true }))).toMatchObject({
    old: 'not flagged',
    new: 'flagged',
  });
});

test('of a changed set of categories only what changed is told', () => {
  const set = (name: string, retired: boolean) => [
    { name: 'Drugs', retired: false },
    { name, retired },
  ];
  expect(
    eventText(event({ pairId: null, field: 'categories', old: set('Violence', false), new: set('Violence', true) })),
  ).toEqual({ what: 'project categories', old: 'Violence', new: 'Violence (retired)' });
});

test('a file that came in is told by its counts', () => {
  expect(
    eventText(event({ kind: 'import', pairId: null, field: 'dataset', new: { file: 'ab', pairs: 12, labels: 'cd' } })),
  ).toMatchObject({ what: 'file imported', new: '12 pairs with their labels' });
  expect(
    eventText(
      event({ kind: 'import', pairId: null, field: 'dataset', new: { file: 'ab', opinions: 3, reviewers: ['Ben'] } }),
    ),
  ).toMatchObject({ new: '3 labels by Ben' });
});
