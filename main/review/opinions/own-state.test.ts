import { expect, it } from 'vitest';
import type { JsonValue } from '../../../preload/contract/views.ts';
import { ownLabels } from './own-state.ts';
import type { LabelEvent } from '../../../preload/contract/operations/labels.ts';

const by = (reviewer: string | null, unsafe: boolean | null): JsonValue => ({
  unsafe,
  source: reviewer === null ? 'imported' : 'person',
  reviewer,
});
const event = (
  id: number,
  kind: LabelEvent['kind'],
  reviewer: string,
  side: 'a' | 'b',
  old: JsonValue,
  value: JsonValue,
  target: number | null = null,
): LabelEvent => ({
  id,
  kind,
  group: `group ${id}`,
  target: target === null ? null : `group ${target}`,
  at: '',
  reviewer,
  pairId: 1,
  side,
  field: 'verdict',
  old,
  new: value,
  why: '',
});

it('is what the reviewer said last themselves, whoever spoke since', () => {
  const history = [
    event(4, 'edit', 'Grace', 'b', by('Ada', true), by('Grace', false)),
    event(3, 'edit', 'Ada', 'b', by(null, false), by('Ada', true)),
    event(2, 'edit', 'Grace', 'a', by(null, false), by('Grace', true)),
  ];
  expect(ownLabels(history, 'Ada').state).toMatchObject({
    preferred: null,
    flagged: false,
    a: { unsafe: null, source: null },
    b: { unsafe: true, reviewer: 'Ada' },
  });
  expect(ownLabels(history, 'Nobody').state).toMatchObject({ a: { unsafe: null }, b: { unsafe: null } });
});

it('shows nothing of the file after an undo, and what was said before after another', () => {
  const said = [
    event(2, 'edit', 'Ada', 'a', by('Ada', true), by('Ada', false)),
    event(1, 'edit', 'Ada', 'a', by(null, false), by('Ada', true)),
  ];
  const once = [event(3, 'undo', 'Ada', 'a', by('Ada', false), by('Ada', true), 2), ...said];
  expect(ownLabels(once, 'Ada').state.a.unsafe).toBe(true);
  expect(
    ownLabels([event(4, 'undo', 'Ada', 'a', by('Ada', true), by(null, false), 1), ...once], 'Ada').state.a,
  ).toMatchObject({ unsafe: null, source: null });
});

it(
  'tells a history in which nobody else ever spoke: neither an old value nor one that an undo brings back is ' +
    'theirs',
  () => {
    const history = [
      event(3, 'undo', 'Ada', 'a', by('Ada', false), by('Grace', true), 2),
      event(2, 'edit', 'Ada', 'a', by('Grace', true), by('Ada', false)),
      event(1, 'edit', 'Grace', 'a', by(null, false), by('Grace', true)),
    ];
    const told = ownLabels(history, 'Ada').history;
    const nothing = { unsafe: null, source: null, reviewer: null };
    expect(told.map(({ id, old, new: value }) => [id, old, value])).toEqual([
      [3, by('Ada', false), nothing],
      [2, nothing, by('Ada', false)],
    ]);
  },
);

it('an undo takes back also what repeated what somebody else had said', () => {
  const history = [
    event(3, 'undo', 'Ada', 'a', by(null, true), by(null, true), 2),
    event(2, 'edit', 'Ada', 'a', by(null, true), by(null, true)),
  ];
  expect(ownLabels(history, 'Ada').state.a.unsafe).toBeNull();
  expect(
    ownLabels([event(4, 'redo', 'Ada', 'a', by(null, true), by(null, true), 2), ...history], 'Ada').state.a.unsafe,
  ).toBe(true);
});
