import { describe, expect, it } from 'vitest';
import { stateStore } from '../../labels/state.ts';
import { trashDataset } from '../../datasets/store/datasets.ts';
import { importPairs, libraryWith, newPair } from '../../datasets/store/library.fixture.ts';
import type { Library } from '../../library/library.ts';
import type { ImportedOpinions } from '../../../preload/contract/review-views.ts';
import { conflictQueue } from './conflicts.ts';
import { importOpinions } from './import-opinions.ts';
import { type OpinionFileFormat, readOpinionFile } from './opinion-file.ts';

const pairs = [newPair(1, null, null, null)];
const texts = { prompt: 'prompt 1', response_a: 'answer A to prompt 1', response_b: 'answer B to prompt 1' };

function choices(name: string, ...values: readonly string[]): object {
  return { type: 'choices', from_name: name, to_name: 'response_a', value: { choices: values } };
}

/** An annotation of Label Studio by `by`, updated in the given month. */
function annotation(by: number, month: number | null, ...result: readonly object[]): object {
  const at =
    month === null
      ? {}
      : { created_at: '2025-01-01T00:00:00Z', updated_at: `2025-${String(month).padStart(2, '0')}-01T00:00:00Z` };
  return { completed_by: by, was_cancelled: false, result, ...at };
}

function take(library: Library, projectId: number, format: OpinionFileFormat, records: unknown): ImportedOpinions {
  const text = JSON.stringify(records);
  return importOpinions(library, projectId, text, readOpinionFile(library, projectId, text, format));
}

function studio(library: Library, projectId: number, ...annotations: readonly object[]): ImportedOpinions {
  return take(library, projectId, 'label-studio', [{ id: 1, data: texts, annotations, predictions: [] }]);
}

function labelled(): { library: Library; projectId: number; state: () => unknown } {
  const { library, projectId, pairIds } = libraryWith(pairs);
  const state = (): unknown => {
    const { a, b, preferred } = stateStore(library).read(pairIds[0] ?? 0) ?? {};
    return [a?.unsafe, b?.unsafe, preferred];
  };
  return { library, projectId, state };
}

describe("of one person's annotations the latest counts", () => {
  const first = annotation(1, 1, choices('verdict_a', 'safe'), choices('verdict_b', 'safe'));
  const corrected = annotation(1, 5, choices('verdict_a', 'unsafe'));
  it.each([
    ['in order', [first, corrected]],
    ['newest first', [corrected, first]],
  ])('%s', (_name, annotations) => {
    const { library, projectId, state } = labelled();
    expect(studio(library, projectId, ...annotations)).toEqual({
      opinions: 1,
      reviewers: ['annotator 1'],
      filled: 1,
      conflicting: 0,
    });
    expect(state()).toEqual([true, null, null]);
    expect(conflictQueue(library, projectId)).toEqual([]);
  });

  it('also over two files, whichever comes first', () => {
    const { library, projectId } = labelled();
    studio(library, projectId, corrected);
    expect(studio(library, projectId, first)).toMatchObject({ conflicting: 0 });
    expect(conflictQueue(library, projectId)).toEqual([]);
  });

  it('two that differ and have no times are refused, two that agree are not', () => {
    const { library, projectId, state } = labelled();
    const undated = (value: string): object => annotation(1, null, choices('verdict_a', value));
    expect(() => studio(library, projectId, undated('safe'), undated('unsafe'))).toThrow(
      expect.objectContaining({
        code: 'opinions-not-imported',
        message: expect.stringContaining('annotator 1 gave different labels'),
      }),
    );
    const argilla = (answers: readonly string[], users: readonly string[]): unknown => [
      { ...texts, 'verdict_a.responses': answers, 'verdict_a.responses.users': users },
    ];
    expect(() => take(library, projectId, 'argilla', argilla(['safe', 'unsafe'], ['ben', 'ben']))).toThrow(
      expect.objectContaining({ code: 'opinions-not-imported' }),
    );
    expect(state()).toEqual([null, null, null]);
    expect(studio(library, projectId, undated('safe'), undated('safe'))).toMatchObject({ opinions: 1, filled: 1 });
  });
});

describe('people who differ', () => {
  it('leave the label open and are counted once', () => {
    const { library, projectId, state } = labelled();
    expect(
      studio(
        library,
        projectId,
        annotation(1, 1, choices('verdict_a', 'safe')),
        annotation(2, 5, choices('verdict_a', 'unsafe')),
      ),
    ).toMatchObject({ opinions: 2, filled: 0, conflicting: 1 });
    expect(state()).toEqual([null, null, null]);
    expect(conflictQueue(library, projectId)).toMatchObject([
      { target: 'verdict a', now: null, opinions: [{ value: 'safe' }, { value: 'unsafe' }] },
    ]);
  });

  it('so with one file each, until one of them comes round', () => {
    const { library, projectId, state } = labelled();
    const argilla = (user: string, answer: string): ImportedOpinions =>
      take(library, projectId, 'argilla', [
        { ...texts, 'verdict_a.responses': [answer], 'verdict_a.responses.users': [user] },
      ]);
    expect(
      take(library, projectId, 'argilla', [
        { ...texts, 'verdict_a.responses': ['safe', 'unsafe'], 'verdict_a.responses.users': ['ben', 'cleo'] },
      ]),
    ).toMatchObject({ filled: 0, conflicting: 1 });
    expect(argilla('dan', 'safe')).toMatchObject({ filled: 0, conflicting: 1 });
    expect(state()).toEqual([null, null, null]);
    expect(argilla('cleo', 'safe')).toMatchObject({ filled: 1, conflicting: 0 });
    expect(state()).toEqual([false, null, null]);
  });
});

describe('results of Label Studio', () => {
  it.each([
    ['left', 'a,b', 'a'],
    ['right', 'response_a,response_b', 'b'],
    ['left', 'response_b, response_a', 'b'],
  ])('Pairwise, %s of %s: %s is preferred', (selected, names, preferred) => {
    const { library, projectId, state } = labelled();
    studio(
      library,
      projectId,
      annotation(1, 1, { type: 'pairwise', from_name: 'preferred', to_name: names, value: { selected } }),
    );
    expect(state()).toEqual([null, null, preferred]);
  });

  it.each([
    [
      'two choices',
      [choices('verdict_a', 'safe', 'unsafe')],
      'annotations.0.result.0: verdict_a has 2 choices (safe, unsafe); expected one',
    ],
    ['no choice', [choices('verdict_a')], 'verdict_a has 0 choices'],
    [
      'a rating',
      [choices('verdict_b', 'safe'), { type: 'rating', from_name: 'verdict_a', value: { rating: 3 } }],
      'annotations.0.result.1: verdict_a is of the type "rating"',
    ],
    [
      'Pairwise over texts of other names',
      [{ type: 'pairwise', from_name: 'preferred', to_name: 'text1,text2', value: { selected: 'left' } }],
      'to_name of the Pairwise tag is "text1,text2"',
    ],
    [
      'Pairwise without a selection',
      [{ type: 'pairwise', from_name: 'preferred', to_name: 'a,b', value: {} }],
      'selected of the Pairwise tag is null',
    ],
    [
      'names that are not ours',
      [choices('safety_of_a', 'safe')],
      'no result is named verdict_a, verdict_b, preferred; found safety_of_a',
    ],
    [
      'one question answered twice',
      [choices('verdict_a', 'safe'), choices('verdict_a', 'unsafe')],
      'verdict_a has two different answers',
    ],
  ])('%s: a problem with its path, and nothing is taken', (_name, result, message) => {
    const { library, projectId, state } = labelled();
    expect(() => studio(library, projectId, annotation(1, 1, ...result))).toThrow(
      expect.objectContaining({ code: 'opinions-not-imported', message: expect.stringContaining(message) }),
    );
    expect(state()).toEqual([null, null, null]);
  });
});

it('Argilla records without a column of ours are a problem', () => {
  const { library, projectId } = labelled();
  expect(() => take(library, projectId, 'argilla', [{ ...texts, 'safety.responses': ['safe'] }])).toThrow(
    expect.objectContaining({ message: expect.stringContaining('no record has a column verdict_a.responses') }),
  );
});

it('a pair that lies in the trash too gets its opinion where labels are about it', () => {
  const { library, projectId } = libraryWith([]);
  trashDataset(library, importPairs(library, projectId, pairs));
  const second = importPairs(library, projectId, pairs);
  studio(library, projectId, annotation(1, 1, choices('verdict_a', 'unsafe')));
  const { unsafe_a: unsafe } =
    library.db
      .prepare<[number], { unsafe_a: number | null }>('SELECT unsafe_a FROM pair_labels WHERE dataset_id = ?')
      .get(second) ?? {};
  expect(unsafe).toBe(1);
});
