import * as fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reviewFilter, type ReviewFilter } from '../../preload/contract/review-filter.ts';
import { type EditBy, editLabels, type LabelEdit } from '../../main/labels/edit.ts';
import { chainHead } from '../../main/labels/chain.ts';
import { exportLabels } from '../../main/labels/export-labels.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { undoLabels } from '../../main/labels/undo.ts';
import { verifyChain } from '../../main/labels/verify.ts';
import {
  importPairs,
  libraryWith,
  newPair,
  temporaryFolder,
  temporaryLibrary,
} from '../../main/datasets/store/library.fixture.ts';
import { trashDataset } from '../../main/datasets/store/datasets.ts';
import type { Library } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { setSplit } from '../../main/projects/split.ts';
import { agreementReport } from '../../main/review/opinions/agreement-report.ts';
import { drawAudit, markAudited } from '../../main/review/audit/audits.ts';
import { applyBulk, type BulkChange, previewBulk } from '../../main/review/bulk/bulk.ts';
import { adjudicate, conflictQueue } from '../../main/review/opinions/conflicts.ts';
import { decideSuggestion } from '../../main/review/suggestions/decide-suggestion.ts';
import { filterPairs } from '../../main/review/index/filter-pairs.ts';
import { importOpinions } from '../../main/review/opinions/import-opinions.ts';
import { opinionsOfArgilla } from '../../main/review/opinions/opinions-of-argilla.ts';
import { opinionsOfLabelStudio } from '../../main/review/opinions/opinions-of-label-studio.ts';
import { opinionsOfLabelsFile } from '../../main/review/opinions/opinions-of-labels-file.ts';
import { pairFinder } from '../../main/review/opinions/pair-finder.ts';
import { formatQuery, parseQuery } from '../../main/review/index/query-language.ts';
import { saveView, savedViews } from '../../main/review/index/saved-views.ts';
import { storeSuggestions } from '../../main/review/suggestions/suggestion-store.ts';
import { freezeSnapshot } from '../../main/runs/snapshot.ts';
import { transformCounts } from '../../main/transform/counts.ts';

const ann = { reviewer: 'Ann', reason: '' };
const ben = { reviewer: 'Ben', reason: '' };
const pairs = [
  newPair(1, false, false, 'a'),
  newPair(2, true, false, 'a'),
  newPair(3, true, true, 'b'),
  newPair(4, null, null, null),
  newPair(5, false, true, 'a', 'how to bake bread'),
];

function shown(library: Library, projectId: number, query: string): number[] {
  return [...filterPairs(library, projectId, parseQuery(query)).ids];
}

describe('filterPairs', () => {
  it('combines terms, counts live, and follows labels, undo, imports and the trash', () => {
    const { library, projectId } = libraryWith(pairs);
    expect(shown(library, projectId, 'class:keptSafeSafe,swapped -verdict:unsafe')).toEqual([1]);
    expect(shown(library, projectId, '"bake bread" verdict:unsafe')).toEqual([5]);
    expect(shown(library, projectId, 'promp* -bake sort:id-')).toEqual([4, 3, 2, 1]);
    expect(filterPairs(library, projectId, parseQuery('class:waiting')).facets.class).toEqual({
      keptSafeSafe: 1,
      swapped: 1,
      dropped: 1,
      waiting: 1,
      keptSafeUnsafe: 1,
    });
    editLabels(library, projectId, ann, [
      { pairId: 4, field: 'verdict', side: 'a', value: true },
      { pairId: 4, field: 'categories', side: 'a', value: ['__proto__', 'Violence'] },
    ]);
    expect(shown(library, projectId, 'reviewer:ann,Ann category:__proto__')).toEqual([4]);
    expect(filterPairs(library, projectId, {}).facets.category).toEqual(
      Object.fromEntries([
        ['__proto__', 1],
        ['Violence', 1],
      ]),
    );
    expect(shown(library, projectId, 'sort:changed-')[0]).toBe(4);
    undoLabels(library, projectId, 'Ann');
    expect(shown(library, projectId, 'reviewer:Ann')).toEqual([]);
    const datasetId = importPairs(library, projectId, [newPair(9, true, false, 'b', 'something new')]);
    expect(shown(library, projectId, 'new')).toEqual([6]);
    trashDataset(library, datasetId);
    expect(shown(library, projectId, '')).toEqual([1, 2, 3, 4, 5]);
  });

  it('shows after any labels what a process that has just been started reads', () => {
    const { library, projectId, pairIds } = libraryWith(pairs);
    const pairId = fc.constantFrom(...pairIds);
    const side = fc.constantFrom('a' as const, 'b' as const);
    const edit: fc.Arbitrary<LabelEdit> = fc.oneof(
      fc.record({ pairId, side, field: fc.constant('verdict' as const), value: fc.constantFrom(true, false, null) }),
      fc.record({
        pairId,
        side,
        field: fc.constant('severity' as const),
        value: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, null),
      }),
      fc.record({
        pairId,
        side,
        field: fc.constant('categories' as const),
        value: fc.subarray(['Drugs', 'Violence', '"],["', '\n']),
      }),
      fc.record({
        pairId,
        field: fc.constant('preference' as const),
        value: fc.constantFrom('a' as const, 'b' as const, 'tie' as const, null),
      }),
      fc.record({ pairId, field: fc.constant('flag' as const), value: fc.boolean() }),
    );
    const by: fc.Arbitrary<EditBy> = fc.record({
      reviewer: fc.constantFrom('Ann', 'Ben'),
      reason: fc.constant(''),
      source: fc.constantFrom('person' as const, 'model' as const),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(by, edit), { minLength: 1, maxLength: 6 }), (acts) => {
        for (const [who, what] of acts) editLabels(library, projectId, who, [what]);
        for (const query of ['', 'sort:changed-'])
          expect(filterPairs(library, projectId, parseQuery(query))).toEqual(
            filterPairs(temporaryLibrary(library.dir), projectId, parseQuery(query)),
          );
      }),
      { numRuns: 30 },
    );
  });

  it('sees what another process wrote', () => {
    const { library, projectId } = libraryWith(pairs);
    expect(shown(library, projectId, 'flagged:yes')).toEqual([]);
    editLabels(temporaryLibrary(library.dir), projectId, ann, [{ pairId: 2, field: 'flag', value: true }]);
    expect(shown(library, projectId, 'flagged:yes')).toEqual([2]);
  });

  it.each([
    ['class:wating', 1, 'class has no value "wating"'],
    ['money clas:waiting', 7, 'there is no field "clas"'],
    ['"open', 1, 'not closed'],
    ['length:long', 1, 'length is given in characters'],
    ['a sort:colour', 3, 'sort is one of'],
    [',', 1, 'neither a word'],
    ['"a"b', 4, 'a space is expected'],
    ['***', 1, 'no letter or digit'],
  ])('refuses %s at column %i', (query, column, message) => {
    expect(() => parseQuery(query)).toThrowError(
      expect.objectContaining({
        code: 'query-invalid',
        message: expect.stringContaining(message),
        details: { column },
      }),
    );
  });

  it('reads back every filter it writes as a query', () => {
    const words = fc.stringMatching(/^[a-z]{1,8}$/);
    const filter: fc.Arbitrary<ReviewFilter> = fc.record(
      {
        class: fc.uniqueArray(fc.constantFrom('waiting' as const, 'swapped' as const), { minLength: 1 }),
        category: fc.uniqueArray(fc.constantFrom('Violence', 'Animal Abuse', 'a,b'), { minLength: 1 }),
        not: fc.record({ reviewer: fc.uniqueArray(words, { minLength: 1 }) }),
        length: fc.record({ from: fc.nat(1000) }),
        sort: fc.record({ by: fc.constantFrom('length' as const, 'changed' as const), descending: fc.boolean() }),
        text: fc.array(
          fc.record({
            match: fc.constantFrom('word' as const, 'prefix' as const, 'phrase' as const),
            words,
            not: fc.boolean(),
          }),
          { minLength: 1 },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(filter, (value) => {
        expect(parseQuery(formatQuery(value))).toEqual(reviewFilter.parse(value));
      }),
    );
  });

  it('keeps views, and refuses one that is no query', () => {
    const { library, projectId } = libraryWith(pairs);
    saveView(library, projectId, { name: 'to do', query: 'class:waiting' });
    expect(() => saveView(library, projectId, { name: 'bad', query: 'class:x' })).toThrowError(
      expect.objectContaining({ code: 'query-invalid' }),
    );
    expect(savedViews(library, projectId)).toEqual([{ name: 'to do', query: 'class:waiting' }]);
  });
});

describe('bulk changes', () => {
  it('preview what they do: the counts, and what a snapshot freezes; one undo takes them back', () => {
    const { library, projectId, pairIds } = libraryWith(
      Array.from({ length: 12 }, (_, index) =>
        newPair(
          index + 1,
          [true, false, null][index % 3] ?? null,
          [true, false, null][Math.floor(index / 3) % 3] ?? null,
          (['a', 'b', 'tie', null] as const)[index % 4] ?? null,
        ),
      ),
    );
    // With a part held out, the few pairs left to train on may have none that SafeDPO can use, and a snapshot is
    // refused.
    setSplit(library, projectId, { heldOutShare: 0, seed: 0 });
    const side = fc.constantFrom('a' as const, 'b' as const, 'both' as const);
    const change: fc.Arbitrary<BulkChange> = fc.record(
      {
        verdict: fc.record({ side, unsafe: fc.constantFrom(true, false, null) }),
        preferred: fc.constantFrom('a' as const, 'b' as const, 'tie' as const, null),
        addCategory: fc.record({ side, category: fc.constantFrom('Drugs', 'Violence') }),
        severity: fc.record({ side, value: fc.constantFrom(0 as const, 3 as const, null) }),
        flagged: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ change, chosen: fc.subarray(pairIds) }), { minLength: 1, maxLength: 4 }),
        (acts) => {
          for (const { change, chosen } of acts) {
            const before = transformCounts(library, projectId);
            const preview = previewBulk(library, projectId, 'Ann', chosen, change);
            const result = applyBulk(library, projectId, ann, chosen, change, preview.basis);
            const after = transformCounts(library, projectId);
            expect({ events: result.events, changed: result.pairIds.length }).toEqual({
              events: preview.events,
              changed: preview.changedPairs,
            });
            for (const name of ['keptSafeSafe', 'keptSafeUnsafe', 'swapped', 'dropped', 'waiting'] as const)
              expect(after[name] - before[name]).toBe(preview.after[name] - preview.before[name]);
            expect(filterPairs(library, projectId, {}).facets.class).toEqual(
              Object.fromEntries(Object.entries(after).filter(([name, count]) => name !== 'total' && count > 0)),
            );
          }
          const { keptSafeSafe, keptSafeUnsafe, swapped } = transformCounts(library, projectId);
          if (keptSafeUnsafe + swapped > 0) {
            const { pairs, heldOutPairs, counts } = freezeSnapshot(
              library,
              projectId,
              'safedpo',
              { limit: null, seed: 1 },
              join(temporaryFolder(), 'run'),
            );
            expect([pairs + heldOutPairs, counts]).toEqual([
              keptSafeSafe + keptSafeUnsafe + swapped,
              transformCounts(library, projectId),
            ]);
          }
        },
      ),
      { numRuns: 25 },
    );
    const before = transformCounts(library, projectId);
    const all: BulkChange = { verdict: { side: 'both', unsafe: true }, preferred: 'a' };
    const { group } = applyBulk(
      library,
      projectId,
      ann,
      pairIds,
      all,
      previewBulk(library, projectId, 'Ann', pairIds, all).basis,
    );
    expect(group).not.toBeNull();
    undoLabels(library, projectId, 'Ann');
    expect(transformCounts(library, projectId)).toEqual(before);
    expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
  });

  it('change nothing when one of the pairs is unknown', () => {
    const { library, projectId } = libraryWith(pairs);
    expect(() =>
      applyBulk(library, projectId, ann, [1, 99], { flagged: true }, { seq: 0, hash: '0'.repeat(64) }),
    ).toThrowError(expect.objectContaining({ code: 'unknown-pair' }));
    expect(shown(library, projectId, 'flagged:yes')).toEqual([]);
  });
});

it('an audit draws the same pairs by the same seed and reports the error rate it found', () => {
  const { library, projectId } = libraryWith(
    Array.from({ length: 50 }, (_, index) => newPair(index + 1, true, false, 'a')),
  );
  const audit = drawAudit(library, projectId, 'class:swapped', 10, 4);
  expect(audit).toMatchObject({ population: 50, audited: 0, errorRate: null });
  expect(new Set(audit.pairIds).size).toBe(10);
  expect(drawAudit(library, projectId, '', 10, 4).pairIds).toEqual(audit.pairIds);
  expect(drawAudit(library, projectId, '', 10, 5).pairIds).not.toEqual(audit.pairIds);
  editLabels(
    library,
    projectId,
    ann,
    audit.pairIds
      .slice(0, 2)
      .map((pairId) => ({ pairId, field: 'verdict' as const, side: 'a' as const, value: false })),
  );
  const results = audit.pairIds.map((pairId) => markAudited(library, projectId, audit.id, pairId));
  // Wilson's interval of 2 of 10: 0.0567 to 0.5098 (Newcombe 1998, method 3).
  expect(results.at(-1)).toMatchObject({
    audited: 10,
    verdictErrors: 2,
    errorRate: { value: 0.2, interval: [expect.closeTo(0.0567, 3), expect.closeTo(0.5098, 3)] },
  });
  expect(() => drawAudit(library, projectId, 'flagged:yes', 10, 4)).toThrowError(
    expect.objectContaining({ code: 'nothing-to-audit' }),
  );
});

describe('several reviewers', () => {
  it('disagree into a queue that a decision empties, and a new opinion fills again', () => {
    const { library, projectId } = libraryWith(pairs);
    editLabels(library, projectId, ann, [
      { pairId: 1, field: 'verdict', side: 'a', value: true },
      { pairId: 2, field: 'verdict', side: 'a', value: true },
    ]);
    expect(conflictQueue(library, projectId)).toEqual([]);
    editLabels(library, projectId, ben, [
      { pairId: 1, field: 'verdict', side: 'a', value: false },
      { pairId: 2, field: 'verdict', side: 'a', value: true },
    ]);
    expect(conflictQueue(library, projectId)).toMatchObject([
      {
        pairId: 1,
        target: 'verdict a',
        now: 'safe',
        opinions: [
          { reviewer: 'Ann', value: 'unsafe' },
          { reviewer: 'Ben', value: 'safe' },
        ],
      },
    ]);
    expect(shown(library, projectId, 'disagreement:yes')).toEqual([1]);
    expect(agreementReport(library, projectId)).toMatchObject({
      responses: 2,
      reviewers: ['Ann', 'Ben'],
      pairwise: [{ responses: 2, percent: { value: 0.5 } }],
    });
    adjudicate(library, projectId, {
      pairId: 1,
      target: 'verdict a',
      value: 'safe',
      reviewer: 'Cleo',
      reason: 'agreed in the meeting',
    });
    expect(shown(library, projectId, 'disagreement:yes')).toEqual([]);
    expect(agreementReport(library, projectId).reviewers).toEqual(['Ann', 'Ben']);
    undoLabels(library, projectId, 'Cleo');
    expect(conflictQueue(library, projectId)).toHaveLength(1);
    adjudicate(library, projectId, { pairId: 1, target: 'verdict a', value: 'unsafe', reviewer: 'Cleo', reason: '' });
    editLabels(library, projectId, ben, [{ pairId: 1, field: 'verdict', side: 'a', value: false }]);
    expect(shown(library, projectId, 'disagreement:yes')).toEqual([1]);
    expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
  });

  it('are also found by a newly started process, in a long log of one reviewer and from a file alone', () => {
    const { library, projectId } = libraryWith(pairs);
    for (const pairId of [1, 2, 3])
      editLabels(library, projectId, ann, [{ pairId, field: 'verdict', side: 'a', value: true }]);
    editLabels(library, projectId, ben, [{ pairId: 2, field: 'verdict', side: 'a', value: false }]);
    importOpinions(library, projectId, '', {
      opinions: [{ line: 1, pairId: 3, reviewer: 'Cleo', target: 'verdict a', value: 'safe', at: null, reason: '' }],
      problems: [],
    });
    const expected = [2, 3];
    expect(conflictQueue(library, projectId).map(({ pairId }) => pairId)).toEqual(expected);
    expect(shown(temporaryLibrary(library.dir), projectId, 'disagreement:yes')).toEqual(expected);
  });

  it('come in from a labels file without changing what somebody said here', () => {
    const there = libraryWith(pairs);
    editLabels(there.library, there.projectId, ben, [
      { pairId: 1, field: 'verdict', side: 'a', value: true },
      { pairId: 4, field: 'verdict', side: 'b', value: false },
    ]);
    editLabels(there.library, there.projectId, ben, [{ pairId: 2, field: 'verdict', side: 'a', value: false }]);
    undoLabels(there.library, there.projectId, 'Ben');
    const file = [...exportLabels(there.library, there.projectId, 'jsonl')].join('');
    const library = temporaryLibrary();
    const projectId = createProject(library, 'here').id;
    importPairs(library, projectId, pairs);
    editLabels(library, projectId, ann, [{ pairId: 1, field: 'verdict', side: 'a', value: false }]);
    const read = opinionsOfLabelsFile(file, 'jsonl', pairFinder(library, projectId));
    expect(importOpinions(library, projectId, file, read)).toEqual({
      opinions: 2,
      reviewers: ['Ben'],
      filled: 1,
      conflicting: 1,
    });
    expect(conflictQueue(library, projectId)).toMatchObject([{ pairId: 1, now: 'safe' }]);
    expect(shown(library, projectId, 'reviewer:Ben')).toEqual([4]);
    expect(importOpinions(library, projectId, file, read)).toMatchObject({ filled: 0 });
    expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
    expect(() =>
      importOpinions(
        library,
        projectId,
        file,
        opinionsOfLabelsFile(file.replaceAll(/"pair":".{4}/g, '"pair":"0000'), 'jsonl', pairFinder(library, projectId)),
      ),
    ).toThrowError(expect.objectContaining({ code: 'opinions-not-imported' }));
  });

  it.each<[string, 'jsonl' | 'csv', (file: string) => string, RegExp]>([
    [
      'an unknown pair',
      'jsonl',
      (file) => file.replaceAll(/"pair":".{4}/g, '"pair":"0000'),
      /record \d+: no pair of this project/,
    ],
    [
      'a verdict that is none',
      'jsonl',
      (file) => file.replace('\\"unsafe\\":true', '\\"unsafe\\":7'),
      /was changed after it was logged/,
    ],
    ['a cut line', 'jsonl', (file) => file.slice(0, -40), /no JSON/],
    ['no header', 'csv', (file) => file.slice(file.indexOf('\n') + 1), /the first line must be/],
  ])('take nothing of a file with %s, and say where', (_name, format, damage, message) => {
    const there = libraryWith(pairs);
    editLabels(there.library, there.projectId, ben, [
      { pairId: 4, field: 'verdict', side: 'a', value: true },
      { pairId: 4, field: 'verdict', side: 'b', value: false },
    ]);
    const file = damage([...exportLabels(there.library, there.projectId, format)].join(''));
    const { library, projectId } = libraryWith(pairs);
    const head = chainHead(library);
    expect(() =>
      importOpinions(library, projectId, file, opinionsOfLabelsFile(file, format, pairFinder(library, projectId))),
    ).toThrowError(expect.objectContaining({ code: 'opinions-not-imported', message: expect.stringMatching(message) }));
    expect([chainHead(library), shown(library, projectId, 'reviewer:Ben'), conflictQueue(library, projectId)]).toEqual([
      head,
      [],
      [],
    ]);
  });

  const texts = { prompt: 'prompt 1', response_a: 'answer A to prompt 1', response_b: 'answer B to prompt 1' };
  it.each([
    [
      'Argilla',
      opinionsOfArgilla,
      [
        {
          id: '1',
          status: 'completed',
          ...texts,
          'verdict_a.responses': ['unsafe', 'safe', 'safe'],
          'verdict_a.responses.users': ['ben', 'cleo', 'dan'],
          'verdict_a.responses.status': ['submitted', 'submitted', 'discarded'],
          'preferred.responses': null,
        },
      ],
    ],
    [
      'Label Studio',
      opinionsOfLabelStudio,
      [
        {
          id: 1,
          data: texts,
          annotations: [
            {
              completed_by: { email: 'ben' },
              result: [
                { from_name: 'verdict_a', to_name: 'response_a', type: 'choices', value: { choices: ['Unsafe'] } },
              ],
            },
            {
              completed_by: { email: 'cleo' },
              result: [
                { from_name: 'verdict_a', to_name: 'response_a', type: 'choices', value: { choices: ['Safe'] } },
              ],
            },
            { completed_by: 3, was_cancelled: true, result: [] },
          ],
        },
      ],
    ],
  ] as const)('come in from %s', (_name, read, records) => {
    const { library, projectId } = libraryWith(pairs);
    const finder = pairFinder(library, projectId);
    const file = JSON.stringify(records);
    expect(importOpinions(library, projectId, file, read(file, finder))).toEqual({
      opinions: 2,
      reviewers: ['ben', 'cleo'],
      filled: 0,
      conflicting: 1,
    });
    expect(conflictQueue(library, projectId)[0]?.opinions.map(({ reviewer, value }) => [reviewer, value])).toEqual([
      ['ben', 'unsafe'],
      ['cleo', 'safe'],
    ]);
    expect(read(file.replaceAll(/afe"\]/gi, 'ure"]').replace('"unsafe"', '"unsure"'), finder).problems).not.toEqual([]);
    expect(read(file.replace('prompt 1', 'another'), finder).problems).toMatchObject([
      { line: 1, message: expect.stringContaining('no pair of this project') },
    ]);
    expect(read('{', finder).problems).toHaveLength(1);
  });
});

it('a suggestion is no label until a person accepts or rejects it', () => {
  const { library, projectId } = libraryWith(pairs);
  const scorer = 'guard of /models/guard';
  storeSuggestions(library, projectId, [
    { pairId: 4, scorer, target: 'verdict a', score: 0.9 },
    { pairId: 4, scorer, target: 'verdict b', score: 0.2 },
    { pairId: 1, scorer, target: 'verdict a', score: 0.51 },
  ]);
  expect(shown(library, projectId, 'suggested:yes sort:informative-')).toEqual([1, 4]);
  expect(transformCounts(library, projectId).waiting).toBe(1);
  decideSuggestion(library, projectId, { pairId: 4, scorer, target: 'verdict a', accept: true, reviewer: 'Ann' });
  decideSuggestion(library, projectId, { pairId: 4, scorer, target: 'verdict b', accept: false, reviewer: 'Ann' });
  expect(
    library.db
      .prepare(
        "SELECT new ->> '$.unsafe' AS unsafe, new ->> '$.source' AS source, reason FROM label_events WHERE " +
          "kind = 'edit'",
      )
      .all(),
  ).toEqual([
    { unsafe: 1, source: 'person', reason: `accepted the suggestion unsafe (0.90) of ${scorer}` },
    { unsafe: 1, source: 'person', reason: `rejected the suggestion safe (0.20) of ${scorer}` },
  ]);
  expect(() =>
    decideSuggestion(library, projectId, { pairId: 2, scorer, target: 'verdict a', accept: true, reviewer: 'Ann' }),
  ).toThrowError(expect.objectContaining({ code: 'unknown-suggestion' }));
});
