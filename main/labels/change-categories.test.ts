import { expect, it } from 'vitest';
import { libraryWith, newPair, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import type { NewPair } from '../datasets/store/pairs.ts';
import { projectCategories } from '../review/index/project-categories.ts';
import { pkuCategories, readCategorySet } from './category-set.ts';
import { changeCategories } from './change-categories.ts';
import { editLabels } from './edit.ts';
import { replayLabels } from './replay.ts';
import { stateStore } from './state.ts';
import { redoLabels, undoLabels } from './undo.ts';
import { verifyChain } from './verify.ts';

const ann = { reviewer: 'Ann', reason: '' };
const withCategories = (row: number, ...categories: string[]): NewPair => ({
  ...newPair(row, true, false, 'a'),
  verdicts: { a: { unsafe: true, severity: null, categories }, b: { unsafe: false, severity: null, categories: [] } },
});
const names = (library: Parameters<typeof readCategorySet>[0], projectId: number): string[] =>
  readCategorySet(library, projectId).map(({ name, retired }) => `${name}${retired ? ' (retired)' : ''}`);

it("offers PKU-SafeRLHF's 19 until the set is changed: added, retired, brought back", () => {
  const { library, projectId } = libraryWith([newPair(1, true, false, 'a')]);
  expect(names(library, projectId)).toEqual(pkuCategories);
  expect(new Set(pkuCategories).size).toBe(19);
  changeCategories(library, projectId, ann, { kind: 'add', name: 'Tides' });
  changeCategories(library, projectId, ann, { kind: 'retire', name: 'Drugs', retired: true });
  expect(names(temporaryLibrary(library.dir), projectId)).toEqual([
    ...pkuCategories.map((name) => (name === 'Drugs' ? 'Drugs (retired)' : name)),
    'Tides',
  ]);
  changeCategories(library, projectId, ann, { kind: 'add', name: 'Drugs' });
  expect(names(library, projectId)).toEqual([...pkuCategories, 'Tides']);
  expect(() => changeCategories(library, projectId, ann, { kind: 'add', name: 'Tides' })).toThrowError(
    expect.objectContaining({ code: 'category-exists' }),
  );
  expect(() =>
    changeCategories(library, projectId, ann, { kind: 'retire', name: 'Sands', retired: true }),
  ).toThrowError(expect.objectContaining({ code: 'unknown-category' }));
});

it('renaming renames the labels by events, keeps the old name in the history, and is taken back by one undo', () => {
  const { library, projectId, pairIds } = libraryWith([
    withCategories(1, 'Violence'),
    withCategories(2, 'Drugs', 'Violence'),
    withCategories(3),
  ]);
  editLabels(library, projectId, ann, [{ pairId: 3, field: 'categories', side: 'b', value: ['Violence'] }]);
  const categories = (): string[][] =>
    pairIds.map((id) => [
      ...(stateStore(library).read(id)?.a.categories ?? []),
      ...(stateStore(library).read(id)?.b.categories ?? []),
    ]);
  const before = categories();
  expect(
    changeCategories(library, projectId, ann, { kind: 'rename', renames: [{ from: 'Violence', to: 'Assault' }] }),
  ).toMatchObject({ events: 4, pairIds });
  expect(categories()).toEqual([['Assault'], ['Assault', 'Drugs'], ['Assault']]);
  expect(names(library, projectId)[5]).toBe('Assault');
  const event = library.db
    .prepare(
      "SELECT old, new, reason FROM label_events WHERE field = 'categories' AND pair IS NOT NULL ORDER BY " +
        'seq DESC LIMIT 1',
    )
    .get();
  expect(event).toEqual({ old: '["Violence"]', new: '["Assault"]', reason: 'Violence is called Assault' });
  undoLabels(library, projectId, 'Ann');
  expect([categories(), names(library, projectId)]).toEqual([before, pkuCategories]);
  redoLabels(library, projectId, 'Ann');
  expect(names(library, projectId)[5]).toBe('Assault');
  expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
});

it("maps BeaverTails' names to the set in one step, joins equal ones, and leaves what has no counterpart", () => {
  const { library, projectId } = libraryWith([
    withCategories(1, 'violence,aiding_and_abetting,incitement', 'Violence'),
    withCategories(2, 'drug_abuse,weapons,banned_substance'),
    withCategories(3, 'non_violent_unethical_behavior'),
  ]);
  const foreign = projectCategories(library, projectId).filter(({ inSet }) => !inSet);
  expect(foreign.map(({ standsFor }) => standsFor).sort()).toEqual(['Drugs', 'Violence', null]);
  const renames = foreign.flatMap(({ name, standsFor }) => (standsFor === null ? [] : [{ from: name, to: standsFor }]));
  changeCategories(library, projectId, ann, { kind: 'rename', renames });
  expect(stateStore(library).read(1)?.a.categories).toEqual(['Violence']);
  expect(projectCategories(library, projectId).filter(({ pairs }) => pairs > 0)).toMatchObject([
    { name: 'Violence', pairs: 1 },
    { name: 'Drugs', pairs: 1 },
    { name: 'non_violent_unethical_behavior', inSet: false },
  ]);
  expect(names(library, projectId)).toEqual(pkuCategories);
});

it('undo leaves a set alone that another reviewer changed since', () => {
  const { library, projectId } = libraryWith([newPair(1, true, false, 'a')]);
  changeCategories(library, projectId, ann, { kind: 'add', name: 'Tides' });
  changeCategories(library, projectId, { reviewer: 'Ben', reason: '' }, { kind: 'add', name: 'Sands' });
  expect(undoLabels(library, projectId, 'Ann')).toMatchObject({ kept: 1 });
  expect(names(library, projectId)).toEqual([...pkuCategories, 'Tides', 'Sands']);
  expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
});
