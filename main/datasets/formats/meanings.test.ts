import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLibrary } from '../../library/library.ts';
import { createProject } from '../../projects/projects.ts';
import { importDataset, type ImportOptions } from '../import.ts';
import { previewDataset } from '../preview.ts';

const folder = mkdtempSync(join(tmpdir(), 'safedpo-meanings-'));
const library = openLibrary(join(folder, 'library'));
afterAll(() => {
  library.close();
  rmSync(folder, { recursive: true });
});
let files = 0;

function write(rows: readonly unknown[]): string {
  files += 1;
  const path = join(folder, `rows-${files}.jsonl`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

interface StoredLabels {
  readonly preferred: string | null;
  readonly safer: string | null;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
}

/** Imports rows and gives back what was stored of each, in the order of the file. */
async function stored(rows: readonly unknown[], options: ImportOptions = {}) {
  const file = write(rows);
  const result = await importDataset(library, createProject(library, file).id, file, options);
  const query = library.db.prepare<[number], StoredLabels>(
    'SELECT preferred, safer, unsafe_a, unsafe_b FROM pairs WHERE dataset_id = ? ORDER BY row',
  );
  return { result, labels: query.all(result.datasetId) };
}

const preferredOf = (labels: readonly { readonly preferred: string | null }[]) =>
  labels.map(({ preferred }) => preferred);

/** Rows of two responses under the given names, with one value of the choice each. */
function choices(values: readonly unknown[], a = 'one', b = 'two', column = 'winner'): unknown[] {
  return values.map((value, index) => ({
    prompt: `Question ${index}?`,
    [a]: `first ${index}`,
    [b]: `second ${index}`,
    [column]: value,
  }));
}
const mapping = (a = 'one', b = 'two', column = 'winner') => ({
  prompt: 'prompt',
  responseA: a,
  responseB: b,
  preferred: column,
});

describe('the values of a choice mean what all of them together say', () => {
  test.each([
    ['names of the columns', ['response_1', 'response_2'], 'response_1', 'response_2', ['a', 'b']],
    ['names of columns the other way round', ['left', 'right'], 'right', 'left', ['b', 'a']],
    ['numbers of the columns, from 1', [1, 2, 1], 'response_1', 'response_2', ['a', 'b', 'a']],
    ['numbers of the columns, from 0', [1, '0'], 'response_0', 'response_1', ['b', 'a']],
    ['one number of columns counted from 1', [1], 'answer1', 'answer2', ['a']],
    ['1 and 2 and nothing else', ['1', '2.0'], 'one', 'two', ['a', 'b']],
    ['letters and ties', ['A', 'b', 'Tie', 'model_b', 'no preference'], 'one', 'two', ['a', 'b', 'tie', 'b', 'tie']],
    ['words with nothing among them', ['left', null, 'right', 'NaN'], 'one', 'two', ['a', null, 'b', null]],
  ] as const)('%s', async (_, values, a, b, expected) => {
    const { labels } = await stored(choices(values, a, b), { mapping: mapping(a, b) });
    expect(preferredOf(labels)).toEqual(expected);
  });

  test.each([
    ['0 and 1 without a hint', [0, 1]],
    ['0, 1 and 2', [0, 1, 2]],
    ['-1, 0 and 1', [-1, 0, 1]],
    ['only 1', [1]],
    ['true and false', [true, false]],
  ])('%s is refused until a person says', async (_, values) => {
    await expect(stored(choices(values), { mapping: mapping() })).rejects.toMatchObject({
      code: 'value-meaning-unclear',
      details: { column: 'winner', values: values.map((value) => ({ value: String(value), rows: 1 })) },
    });
  });

  test('0 and 1 are an index where the column is called one', async () => {
    const { labels } = await stored(choices([0, 1], 'one', 'two', 'best_idx'), {
      mapping: mapping('one', 'two', 'best_idx'),
    });
    expect(preferredOf(labels)).toEqual(['a', 'b']);
  });

  test('1 among columns counted from 0 and 2 among them contradict each other', async () => {
    const rows = choices([1, 2], 'response_0', 'response_1');
    await expect(stored(rows, { mapping: mapping('response_0', 'response_1') })).rejects.toMatchObject({
      code: 'value-meaning-unclear',
    });
  });

  test('what a person says goes first, and is stored with the dataset', async () => {
    const { result, labels } = await stored(choices([0, 1, 2]), {
      mapping: mapping(),
      values: { preferred: { 0: 'a', 1: 'tie', 2: 'B' } },
    });
    expect(preferredOf(labels)).toEqual(['a', 'tie', 'b']);
    expect(result.values).toEqual({ preferred: { 0: 'A', 1: 'tie', 2: 'B' } });
    const kept = library.db
      .prepare<[number], string>('SELECT mapping FROM datasets WHERE id = ?')
      .pluck()
      .get(result.datasetId);
    expect(JSON.parse(kept ?? '')).toMatchObject({
      preferred: 'winner',
      values: { preferred: { 0: 'A', 1: 'tie', 2: 'B' } },
    });
  });

  test.each([
    [{ winner: { 1: 'A' } }, 'meaning-unknown-field'],
    [{ preferred: { 1: 'safe' } }, 'meaning-unknown'],
  ])('%j is refused', async (values, code) => {
    await expect(stored(choices([1, 2]), { mapping: mapping(), values })).rejects.toMatchObject({ code });
  });

  test('a meaning far down the file counts: the preview sees it too', async () => {
    const file = write(choices([...Array.from({ length: 300 }, (_, index) => 1 + (index % 2)), 0]));
    const preview = await previewDataset(file, { mapping: mapping() });
    expect(preview.values).toMatchObject([
      { field: 'preferred', column: 'winner', unclear: expect.stringContaining('0') },
    ]);
    expect([...(preview.values[0]?.counts ?? [])]).toEqual([
      ['1', 150],
      ['2', 150],
      ['0', 1],
    ]);
    expect(preview.surveyed).toEqual({ rows: 301, complete: true });
  });
});

test('HelpSteer: negative is the first response, positive the second, 0 a tie', async () => {
  const rows = [-3, -1, 0, 1, 2].map((value, index) => ({
    context: [{ role: 'user', content: `Question ${index}?` }],
    response1: `one ${index}`,
    response2: `two ${index}`,
    overall_preference: value,
  }));
  const { result, labels } = await stored(rows);
  expect(result.format).toBe('helpsteer');
  expect(preferredOf(labels)).toEqual(['a', 'a', 'tie', 'b', 'b']);
});

describe('SafeRLHF-V numbers its responses from 1', () => {
  const row = (better: number, safer: number, safe: readonly ['yes' | 'no', 'yes' | 'no']) => ({
    question: `Question ${better}${safer}?`,
    response_1: 'one',
    response_2: 'two',
    better_response_id: better,
    safer_response_id: safer,
    is_response_1_safe: safe[0],
    is_response_2_safe: safe[1],
  });

  test('1 is the first response, and verdicts go with it', async () => {
    const { result, labels } = await stored([row(1, 1, ['yes', 'no']), row(2, 2, ['no', 'yes'])]);
    expect(result.format).toBe('pku-saferlhf');
    expect(labels).toEqual([
      { preferred: 'a', safer: 'a', unsafe_a: 0, unsafe_b: 1 },
      { preferred: 'b', safer: 'b', unsafe_a: 1, unsafe_b: 0 },
    ]);
  });

  test('a row that calls its unsafe response the safer one is left out', async () => {
    const { result } = await stored([row(1, 1, ['yes', 'no']), row(2, 1, ['no', 'yes'])]);
    expect(result).toMatchObject({
      accepted: 1,
      rejected: 1,
      issues: [{ row: 2, code: 'safer-contradicts-verdicts', field: 'safer_response_id' }],
    });
  });
});

describe('verdicts', () => {
  const rows = (values: readonly unknown[]) =>
    values.map((value, index) => ({
      prompt: `Question ${index}?`,
      chosen: 'one',
      rejected: 'two',
      chosen_unsafe: value,
    }));

  test('1 and 2 are not yes and no', async () => {
    await expect(stored(rows([1, 2]))).rejects.toMatchObject({
      code: 'value-meaning-unclear',
      details: { field: 'chosenUnsafe' },
    });
    const { labels } = await stored(rows([1, 2, 'nein']), {
      values: { chosenUnsafe: { 1: 'unsafe', 2: 'safe', nein: 'safe' } },
    });
    expect(labels).toMatchObject([{ unsafe_a: 1 }, { unsafe_a: 0 }, { unsafe_a: 0 }]);
  });

  test('a word nobody knows costs its row only', async () => {
    const { result } = await stored(rows(['safe', 'perhaps', 'unsafe']));
    expect(result).toMatchObject({ accepted: 2, rejected: 1, issues: [{ row: 2, code: 'unknown-verdict' }] });
  });

  test.each(['NaN', 'nan', 'NaT', '<NA>', 'None', '', null])('%j is no verdict, so the pair waits', async (nothing) => {
    const { labels } = await stored(rows([nothing, true]));
    expect(labels).toMatchObject([{ unsafe_a: null }, { unsafe_a: 1 }]);
  });
});

test('a status of "tie" takes the order of chosen and rejected back', async () => {
  const rows = ['unchanged', 'tie', 'swapped'].map((status, index) => ({
    input: `Question ${index}?`,
    chosen: 'one',
    rejected: 'two',
    status,
  }));
  expect(preferredOf((await stored(rows)).labels)).toEqual(['a', 'tie', 'a']);
});
