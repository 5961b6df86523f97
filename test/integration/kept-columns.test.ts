import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importPairs, libraryWith, newPair, temporaryLibrary } from '../../main/datasets/store/library.fixture.ts';
import type { Library } from '../../main/library/library.ts';
import { editLabels, type LabelEdit } from '../../main/labels/edit.ts';
import { undoLabels } from '../../main/labels/undo.ts';
import { setSplit } from '../../main/projects/split.ts';
import { keepColumns, readAhead } from '../../main/review/index/current-columns.ts';
import { filterPairs } from '../../main/review/index/filter-pairs.ts';
import { parseQuery } from '../../main/review/index/query-language.ts';
import { storeSuggestions } from '../../main/review/suggestions/suggestion-store.ts';

/** Columns that a process keeps in the library's cache for the one after it. */

const pairs = [
  newPair(1, false, false, 'a'),
  newPair(2, true, false, 'a'),
  newPair(3, true, true, 'b'),
  newPair(4, null, null, null),
  newPair(5, false, true, 'a', 'how to bake bread'),
];
const by = (reviewer: string) => ({ reviewer, reason: '' });
const verdict = (pairId: number, value: boolean): LabelEdit => ({ pairId, field: 'verdict', side: 'a', value });
const queries = [
  '',
  'class:swapped',
  'disagreement:yes',
  'suggested:yes sort:informative-',
  'reviewer:Ann',
  'sort:changed-',
  'split:held-out',
  'sort:length',
];

const pathOf = ({ dir }: Library, projectId: number): string => join(dir, 'cache', `columns-${projectId}.bin`);
const answers = (library: Library, projectId: number) =>
  queries.map((query) => filterPairs(library, projectId, parseQuery(query)));

/** What a process answers that starts now, with and without what was kept. */
function startedNow({ dir }: Library, projectId: number) {
  const kept = answers(temporaryLibrary(dir), projectId);
  const path = join(dir, 'cache', `columns-${projectId}.bin`);
  const bytes = readFileSync(path);
  writeFileSync(path, 'damaged');
  const read = answers(temporaryLibrary(dir), projectId);
  writeFileSync(path, bytes);
  return { kept, read };
}

async function keptLibrary() {
  const made = libraryWith(pairs);
  storeSuggestions(made.library, made.projectId, [
    { pairId: 4, scorer: 'a guard', target: 'verdict a', score: 0.6 },
    { pairId: 1, scorer: 'a guard', target: 'verdict a', score: 0.1 },
  ]);
  editLabels(made.library, made.projectId, by('Ann'), [verdict(1, true), verdict(2, true)]);
  await readAhead(made.library, made.projectId, new AbortController().signal);
  keepColumns(made.library, made.projectId);
  return made;
}

describe('kept columns', () => {
  it('are what the next process begins with', async () => {
    const { library, projectId } = await keptLibrary();
    expect(existsSync(pathOf(library, projectId))).toBe(true);
    // Behind the log's back, which no part of the program does: only a process that reads the table sees it.
    library.db.prepare('UPDATE pair_labels SET flagged = 1').run();
    const { kept, read } = startedNow(library, projectId);
    expect(kept[0]?.facets.flagged).toEqual({ no: 5 });
    expect(read[0]?.facets.flagged).toEqual({ yes: 5 });
  });

  it('come to what reading all gives, after labels, conflicts, undo, and in a second generation', async () => {
    const { library, projectId } = await keptLibrary();
    const follow = (): void => {
      const { kept, read } = startedNow(library, projectId);
      expect(kept).toEqual(read);
      expect(answers(library, projectId)).toEqual(read);
    };
    follow();
    editLabels(library, projectId, by('Ben'), [
      verdict(1, false),
      verdict(5, true),
      { pairId: 3, field: 'categories', side: 'b', value: ['Drugs'] },
    ]);
    follow();
    expect(filterPairs(temporaryLibrary(library.dir), projectId, parseQuery('disagreement:yes')).ids).toEqual(
      Int32Array.of(1),
    );
    undoLabels(library, projectId, 'Ben');
    follow();
    const second = temporaryLibrary(library.dir);
    await readAhead(second, projectId, new AbortController().signal);
    editLabels(
      second,
      projectId,
      by('Ann'),
      Array.from({ length: 2100 }, (_, index) => verdict(3, index % 2 === 0)),
    );
    keepColumns(second, projectId);
    follow();
  });

  it('are not taken once a file came in, the split or the suggestions changed, or the log is another', async () => {
    const changes: ((library: Library, projectId: number) => void)[] = [
      (library, projectId) => void importPairs(library, projectId, [newPair(9, true, false, 'b', 'new')]),
      (library, projectId) => void setSplit(library, projectId, { heldOutShare: 0.5, seed: 4 }),
      (library, projectId) =>
        storeSuggestions(library, projectId, [{ pairId: 2, scorer: 'a guard', target: 'verdict a', score: 0.5 }]),
    ];
    for (const change of changes) {
      const { library, projectId } = await keptLibrary();
      const before = answers(library, projectId);
      change(library, projectId);
      const { kept, read } = startedNow(library, projectId);
      expect(kept).toEqual(read);
      expect(kept).not.toEqual(before);
    }
    const [one, other] = [await keptLibrary(), await keptLibrary()];
    editLabels(other.library, other.projectId, by('Ben'), [verdict(3, false)]);
    other.library.db.prepare('UPDATE pair_labels SET flagged = 1').run();
    writeFileSync(pathOf(other.library, other.projectId), readFileSync(pathOf(one.library, one.projectId)));
    expect(startedNow(other.library, other.projectId).kept[0]?.facets.flagged).toEqual({ yes: 5 });
  });
});
