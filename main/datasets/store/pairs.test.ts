import { describe, expect, it } from 'vitest';
import { transformCounts } from '../../transform/counts.ts';
import { createProject } from '../../projects/projects.ts';
import { clashingRows } from './clashes.ts';
import {
  abandonDataset,
  createDataset,
  getDataset,
  listDatasets,
  rejectRows,
  rejectedRows,
  restoreDataset,
  trashDataset,
} from './datasets.ts';
import { importPairs, indexedWith, libraryWith, newPair, temporaryLibrary } from './library.fixture.ts';
import { contentHash, promptHash } from '../../library/pair-hash.ts';
import { pairWriter } from './pairs.ts';
import { indexForSearch } from './search.ts';

const dataset = { file: '/data/pairs.jsonl', bytes: 1, format: 'test', formatReason: 'a test', mapping: {} };

describe('pairWriter', () => {
  it('leaves duplicates out within the project and names those that contradict', () => {
    const { library, projectId, pairIds } = libraryWith([newPair(1, false, true, 'a')]);
    const second = createDataset(library, { ...dataset, projectId });
    const result = pairWriter(library, second).insert([
      newPair(1, false, true, 'a'),
      newPair(2, true, true, 'b'),
      newPair(1, true, true, 'a'),
    ]);
    expect(result).toEqual({ inserted: 1, duplicates: 2, clashes: 1 });
    const labels = { preferred: 'a', safer: null, unsafe: { a: true, b: true } };
    expect(clashingRows(library, second)).toMatchObject([
      { row: 1, pairId: pairIds[0], said: labels, kept: { ...labels, unsafe: { a: false, b: true } } },
    ]);
    expect(getDataset(library, second).clashes).toBe(1);
    const other = createProject(library, 'other').id;
    expect(
      pairWriter(library, createDataset(library, { ...dataset, projectId: other })).insert([
        newPair(1, false, true, 'a'),
      ]).inserted,
    ).toBe(1);
  });

  it('shows nothing of an import until it is finished, and nothing remains of one that is abandoned', () => {
    const { library, projectId } = libraryWith([newPair(1, false, true, 'a')]);
    const before = library.db.prepare('SELECT count(*) FROM pairs').pluck().get();
    const half = createDataset(library, { ...dataset, projectId });
    pairWriter(library, half).insert([newPair(2, false, false, 'a')]);
    rejectRows(library, half, [
      { row: 3, field: 'prompt', code: 'missing-field', message: 'no prompt', excerpt: '{}' },
    ]);
    expect(transformCounts(library, projectId).total).toBe(1);
    expect(listDatasets(library, projectId)).toHaveLength(1);
    expect(rejectedRows(library, half)).toHaveLength(1);
    abandonDataset(library, half);
    expect(library.db.prepare('SELECT count(*) FROM pairs').pluck().get()).toBe(before);
    expect(library.db.prepare('SELECT count(*) FROM rejected_rows').pluck().get()).toBe(0);
  });

  it('clears what an import of a process that died left behind', () => {
    const { library, projectId } = libraryWith([]);
    const dead = createDataset(library, { ...dataset, projectId });
    pairWriter(library, dead).insert([newPair(1, false, true, 'a')]);
    library.db.prepare('UPDATE datasets SET importer_process = 2147483646 WHERE id = ?').run(dead);
    importPairs(library, projectId, [newPair(1, false, true, 'a')]);
    expect(library.db.prepare("SELECT count(*) FROM datasets WHERE state = 'importing'").pluck().get()).toBe(0);
    expect(transformCounts(library, projectId)).toMatchObject({ total: 1, keptSafeUnsafe: 1 });
  });

  it('hides the pairs of a trashed dataset until it is restored', () => {
    const { library, projectId } = libraryWith([newPair(1, false, true, 'a')]);
    const second = importPairs(library, projectId, [newPair(2, false, true, 'a')]);
    trashDataset(library, second);
    expect(transformCounts(library, projectId).total).toBe(1);
    expect(restoreDataset(library, second).trashedAt).toBeNull();
    expect(transformCounts(library, projectId).total).toBe(2);
  });

  it('never lets an imported pair change', () => {
    const { library } = libraryWith([newPair(1, false, true, 'a')]);
    expect(() => library.db.exec('UPDATE pairs SET unsafe_a = 1')).toThrow('imported pairs never change');
  });
});

describe('hashes', () => {
  it('tell pairs apart by role, content and the order of the responses', () => {
    const hash = (role: 'user' | 'system', content: string, a: string, b: string): string =>
      contentHash([{ role, content }], a, b).toString('hex');
    expect(
      new Set([
        hash('user', 'p', 'a', 'b'),
        hash('system', 'p', 'a', 'b'),
        hash('user', 'p', 'b', 'a'),
        hash('user', 'pa', '', 'b'),
      ]).size,
    ).toBe(4);
  });

  it('take prompts that differ in case, white space or compatible letters for the same', () => {
    expect(promptHash([{ role: 'user', content: ' How  do\nI? ' }])).toEqual(
      promptHash([{ role: 'user', content: 'how do ｉ?' }]),
    );
    expect(promptHash([{ role: 'user', content: 'how do i' }])).not.toEqual(
      promptHash([{ role: 'user', content: 'how do i?' }]),
    );
  });
});

describe('the full-text index', () => {
  it('waits for imports and is complete after them', () => {
    const { library, projectId } = libraryWith([newPair(1, false, true, 'a')]);
    const importing = createDataset(library, { ...dataset, projectId });
    pairWriter(library, importing).insert([newPair(2, false, true, 'a')]);
    expect(indexForSearch(library)).toBe(1);
    expect(indexForSearch(library)).toBe(0);
    expect(indexedWith(temporaryLibrary(library.dir), 'answer')).toBe(1);
  });
});
