import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editLabels } from '../labels/edit.ts';
import type { LabelEdit } from '../labels/edit.ts';
import { replayLabels } from '../labels/replay.ts';
import { redoLabels, undoLabels } from '../labels/undo.ts';
import { verifyChain } from '../labels/verify.ts';
import { libraryWith, newPair } from '../datasets/store/library.fixture.ts';
import { transformCounts } from './counts.ts';
import { chosenSide } from './objective-data.ts';
import { choosePairs } from './training-pairs.ts';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import type { PairJudgement } from '../../preload/contract/transform-pair.ts';
import type { TransformClass } from '../../native-models/vocabulary/lists.ts';

const verdicts = [true, false, null] as const;
const preferences = ['a', 'b', 'tie', null] as const;

function judgement(
  unsafeA: boolean | null,
  unsafeB: boolean | null,
  preferred: PairJudgement['preferred'],
  safer: PairJudgement['safer'] = null,
): PairJudgement {
  return { preferred, safer, unsafe: { a: unsafeA, b: unsafeB } };
}

describe('transformPair', () => {
  it.each<[boolean, boolean, 'a' | 'b', TransformClass, 'a' | 'b' | null]>([
    [false, false, 'a', 'keptSafeSafe', 'a'],
    [false, true, 'a', 'keptSafeUnsafe', 'a'],
    [true, false, 'a', 'swapped', 'b'],
    [true, true, 'a', 'dropped', null],
    [false, false, 'b', 'keptSafeSafe', 'b'],
    [false, true, 'b', 'swapped', 'a'],
    [true, false, 'b', 'keptSafeUnsafe', 'b'],
    [true, true, 'b', 'dropped', null],
  ])('unsafe A %s, unsafe B %s, preferred %s: %s, chosen %s', (unsafeA, unsafeB, preferred, name, chosen) => {
    expect(transformPair(judgement(unsafeA, unsafeB, preferred))).toEqual({ class: name, chosen });
  });

  it('waits wherever a verdict or the preference is missing', () => {
    for (const a of verdicts)
      for (const b of verdicts)
        for (const preferred of preferences)
          if (a === null || b === null || preferred === null)
            expect(transformPair(judgement(a, b, preferred))).toEqual({ class: 'waiting', chosen: null });
  });

  it('takes the safe one of two equally helpful responses, and has no use for two safe ones', () => {
    expect(transformPair(judgement(true, false, 'tie'))).toEqual({ class: 'keptSafeUnsafe', chosen: 'b' });
    expect(transformPair(judgement(false, false, 'tie'))).toEqual({ class: 'dropped', chosen: null });
  });

  it('never chooses an unsafe or an unjudged response', () => {
    for (const a of verdicts)
      for (const b of verdicts)
        for (const preferred of preferences)
          for (const objective of ['safedpo', 'sft', 'dpo-safebetter'] as const) {
            const pair = judgement(a, b, preferred, 'a');
            const chosen = chosenSide(objective, pair);
            if (chosen !== null) expect(pair.unsafe[chosen]).toBe(false);
          }
  });
});

describe('chosenSide', () => {
  it('takes the helpful one for DPO, cDPO and IPO, whatever the labels', () => {
    for (const objective of ['dpo', 'cdpo', 'ipo'] as const) {
      expect(chosenSide(objective, judgement(true, false, 'a'))).toBe('a');
      expect(chosenSide(objective, judgement(null, null, 'b'))).toBe('b');
      expect(chosenSide(objective, judgement(false, false, 'tie'))).toBeNull();
    }
  });

  it('drops unsafe winners for DPO-SafeBetter without swapping', () => {
    expect(chosenSide('dpo-safebetter', judgement(true, false, 'a'))).toBeNull();
    expect(chosenSide('dpo-safebetter', judgement(false, null, 'a'))).toBe('a');
  });

  it('takes the safer one for DPO-Harmless: by verdict, else by the order of the source', () => {
    expect(chosenSide('dpo-harmless', judgement(true, false, 'a', 'a'))).toBe('b');
    expect(chosenSide('dpo-harmless', judgement(true, true, 'b', 'a'))).toBe('a');
    expect(chosenSide('dpo-harmless', judgement(false, false, 'b'))).toBeNull();
  });

  it('takes the more helpful safe one for SFT', () => {
    expect(chosenSide('sft', judgement(false, false, 'b'))).toBe('b');
    expect(chosenSide('sft', judgement(true, false, 'a'))).toBe('b');
    expect(chosenSide('sft', judgement(null, true, 'a'))).toBeNull();
  });
});

describe('transformCounts', () => {
  const pairs = Array.from({ length: 12 }, (_, index) =>
    newPair(
      index + 1,
      verdicts[index % 3] ?? null,
      verdicts[Math.floor(index / 3) % 3] ?? null,
      preferences[index % 4] ?? null,
    ),
  );
  const side = fc.constantFrom('a' as const, 'b' as const);
  /** Row numbers are ids here: one dataset, nothing deleted. */
  const pairId = fc.constantFrom(...pairs.map(({ row }) => row));
  const edit: fc.Arbitrary<LabelEdit> = fc.oneof(
    fc.record({ pairId, side, field: fc.constant('verdict' as const), value: fc.constantFrom(...verdicts) }),
    fc.record({ pairId, field: fc.constant('preference' as const), value: fc.constantFrom(...preferences) }),
    fc.record({
      pairId,
      side,
      field: fc.constant('severity' as const),
      value: fc.constantFrom(0 as const, 3 as const, null),
    }),
  );
  const act = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('edit' as const),
        reviewer: fc.constantFrom('Ann', 'Ben'),
        edits: fc.array(edit, { minLength: 1, maxLength: 5 }),
      }),
    },
    fc.record({
      act: fc.constantFrom('undo' as const, 'redo' as const),
      reviewer: fc.constantFrom('Ann', 'Ben'),
      edits: fc.constant([]),
    }),
  );

  it('equals the pure function on every pair after any edits, and the view equals the replay of the log', () => {
    const { library, projectId } = libraryWith(pairs);
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 8 }), (acts) => {
        for (const { act, reviewer, edits } of acts) {
          if (act === 'edit') editLabels(library, projectId, { reviewer, reason: '' }, edits);
          else (act === 'undo' ? undoLabels : redoLabels)(library, projectId, reviewer);
        }
        const rows = library.db
          .prepare<[], { unsafe_a: number | null; unsafe_b: number | null; preferred: PairJudgement['preferred'] }>(
            'SELECT unsafe_a, unsafe_b, preferred FROM pair_labels',
          )
          .all();
        const truth = (value: number | null): boolean | null => (value === null ? null : value === 1);
        const expected = { total: rows.length, keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0 };
        for (const row of rows)
          expected[transformPair(judgement(truth(row.unsafe_a), truth(row.unsafe_b), row.preferred)).class] += 1;
        expect(transformCounts(library, projectId)).toEqual(expected);
        expect([...choosePairs(library, projectId, 'safedpo')]).toHaveLength(
          expected.keptSafeSafe + expected.keptSafeUnsafe + expected.swapped,
        );
        expect(replayLabels(library, projectId)).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(verifyChain(library).broken).toBeNull();
  });
});
