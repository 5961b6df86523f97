import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { openLibrary } from '../../library/library.ts';
import { createProject } from '../../projects/projects.ts';
import { importDataset } from '../import.ts';
import { previewDataset } from '../preview.ts';
import { rejectedRowsCsv } from '../left-out-csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'safedpo-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const lines = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;

/** The first pair a file gives, as the import would store it. */
async function firstPair(rows: readonly unknown[], mapping: { readonly [field: string]: string } | null = null) {
  const { format, rows: read } = await previewDataset(write('rows.jsonl', lines(...rows)), { mapping });
  return { format, pair: read[0]?.pair, issues: read[0]?.issues };
}

describe('safety columns keep their polarity', () => {
  const texts = { prompt: 'p', chosen: 'one', rejected: 'two' };
  test.each([
    [{ better_is_unsafe: true, worse_is_unsafe: false }, true, false],
    [{ chosen_unsafe: 0, rejected_unsafe: 1 }, false, true],
    [{ chosen_unsafe: 'false', rejected_unsafe: 'TRUE' }, false, true],
    [{ is_chosen_safe: true, is_rejected_safe: false }, false, true],
    [{ chosen_safe: 'safe', rejected_safe: 'unsafe' }, false, true],
    [{ chosen_unsafe: 'safe', rejected_unsafe: 'unsafe' }, false, true],
    [{ is_chosen_safe: '1', is_rejected_safe: '0' }, false, true],
    [{ h_rejected: 1 }, null, true],
    [{ chosen_unsafe: null, rejected_unsafe: '' }, null, null],
    [{}, null, null],
  ])('%j', async (columns, a, b) => {
    const { pair } = await firstPair([{ ...texts, ...columns }]);
    expect(pair).toMatchObject({ preferred: 'a', verdicts: { a: { unsafe: a }, b: { unsafe: b } } });
  });
});

describe('prompts and responses', () => {
  const prompt = [{ role: 'system', content: 's' }, user('q')] as const;
  test.each([
    ['explicit texts', { prompt: 'q', chosen: 'one', rejected: 'two' }, [user('q')]],
    ['explicit messages', { prompt, chosen: [assistant('one')], rejected: [assistant('two')] }, prompt],
    ['implicit messages', { chosen: [...prompt, assistant('one')], rejected: [...prompt, assistant('two')] }, prompt],
    [
      'UltraFeedback, the prompt given twice',
      { prompt: 'q', chosen: [user('q'), assistant('one')], rejected: [user('q'), assistant('two')] },
      [user('q')],
    ],
    ['a system column', { system: 's', question: 'q', chosen: 'one', rejected: 'two' }, prompt],
    [
      'HH-RLHF transcripts',
      {
        chosen: '\n\nHuman: a\n\nAssistant: b\n\nHuman: q\n\nAssistant: one',
        rejected: '\n\nHuman: a\n\nAssistant: b\n\nHuman: q\n\nAssistant: two',
      },
      [user('a'), assistant('b'), user('q')],
    ],
    ['a transcript as prompt', { prompt: '\n\nHuman: q\n\nAssistant:', chosen: 'one', rejected: 'two' }, [user('q')]],
    [
      'ShareGPT',
      {
        conversations: [{ from: 'human', value: 'q' }],
        chosen: { from: 'gpt', value: 'one' },
        rejected: { from: 'gpt', value: 'two' },
      },
      [user('q')],
    ],
    ['stack-exchange-paired', { question: 'q', response_j: 'one', response_k: 'two' }, [user('q')]],
  ])('%s', async (_, row, expected) => {
    const { pair, issues } = await firstPair([row]);
    expect(issues).toEqual([]);
    expect(pair).toMatchObject({ prompt: expected, responses: { a: 'one', b: 'two' }, preferred: 'a' });
  });
});

test('PKU-SafeRLHF: order, verdicts, categories with their names, severity', async () => {
  const { format, pair } = await firstPair([
    {
      prompt: 'p',
      response_0: 'one',
      response_1: 'two',
      is_response_0_safe: false,
      is_response_1_safe: true,
      better_response_id: 0,
      safer_response_id: 1,
      response_0_harm_category: { Violence: true, 'White-Collar Crime': false },
      response_1_harm_category: { Violence: false },
      response_0_severity_level: 3,
      response_1_severity_level: 0,
    },
  ]);
  expect(format).toBe('pku-saferlhf');
  expect(pair).toMatchObject({
    preferred: 'a',
    safer: 'b',
    verdicts: {
      a: { unsafe: true, categories: ['Violence'], severity: 3 },
      b: { unsafe: false, categories: [], severity: 0 },
    },
  });
});

test('columns that give one response opposite verdicts are refused by name', async () => {
  const row = {
    prompt: 'q',
    chosen: 'c',
    rejected: 'r',
    chosen_safe: false,
    chosen_unsafe: false,
    rejected_safe: true,
    rejected_unsafe: true,
  };
  const { rows } = await previewDataset(write('both.jsonl', lines(row)));
  expect(rows[0]?.pair).toBeNull();
  expect(rows[0]?.issues).toMatchObject([
    { code: 'verdicts-contradict', field: 'chosen_safe' },
    { code: 'verdicts-contradict', field: 'rejected_safe' },
  ]);
  const agreeing = { ...row, chosen_safe: true, rejected_safe: null };
  const agreed = await previewDataset(write('agree.jsonl', lines(agreeing)));
  expect(agreed.rows[0]?.pair).toMatchObject({ verdicts: { a: { unsafe: false }, b: { unsafe: true } } });
});

test('the winner of an arena is the preferred response', async () => {
  const row = { prompt: 'q', response_a: 'x', response_b: 'y', unsafe_a: false, unsafe_b: true };
  const file = write('arena.jsonl', lines({ ...row, winner: 'model_b' }, { ...row, winner: 'tie (bothbad)' }));
  const { rows } = await previewDataset(file);
  expect(rows.map(({ pair }) => pair?.preferred)).toEqual(['b', 'tie']);
  const unordered = await previewDataset(write('unordered.jsonl', lines(row)));
  expect(unordered.reason).toContain('no column says which response is more helpful');
});

describe('a list of two responses', () => {
  const safeFirst = { format: 'safe-unsafe-list', verdicts: { a: { unsafe: false }, b: { unsafe: true } } };
  const ranked = { format: 'ranked-list', verdicts: { a: { unsafe: null }, b: { unsafe: null } } };
  test.each([
    ['is safe and unsafe where the first refuses', ['I cannot help with that.', 'Sure, mix A and B.'], safeFirst],
    ['is ranked where the second refuses', ['Sure, mix A and B.', 'I cannot help with that.'], ranked],
    ['is ranked where neither does', ['Rayleigh scattering.', 'It is blue.'], ranked],
  ])('%s, and what a person chooses', async (_, response, { format, verdicts }) => {
    const file = write('list.jsonl', lines({ prompt: 'p', response }));
    const detected = await previewDataset(file);
    expect(detected).toMatchObject({ format, rows: [{ pair: { preferred: 'a', verdicts } }] });
    for (const chosen of [safeFirst, ranked]) {
      const read = await previewDataset(file, { format: chosen.format });
      expect(read.rows[0]?.pair).toMatchObject({ preferred: 'a', verdicts: chosen.verdicts });
      expect(read.format === detected.format || detected.reason.includes(chosen.format)).toBe(true);
    }
  });
});

test('columns of any name are read through a mapping, nested ones by path', async () => {
  const row = {
    data: { q: 'p', left: 'one', right: 'two' },
    annotations: [{ result: [{ value: { selected: 'right' } }] }],
    'left.ok': 'safe',
  };
  const mapping = {
    prompt: 'data.q',
    responseA: 'data.left',
    responseB: 'data.right',
    preferred: 'annotations.0.result.0.value.selected',
    safeA: 'left.ok',
  };
  const { format, pair } = await firstPair([row], mapping);
  expect(format).toBe('mapped');
  expect(pair).toMatchObject({
    prompt: [user('p')],
    responses: { a: 'one', b: 'two' },
    preferred: 'b',
    verdicts: { a: { unsafe: false }, b: { unsafe: null } },
  });
});

test('a mapping completes what was detected', async () => {
  const { format, pair } = await firstPair([{ prompt: 'p', chosen: 'one', rejected: 'two', toxic: 'yes' }], {
    rejectedUnsafe: 'toxic',
  });
  expect(format).toBe('trl');
  expect(pair).toMatchObject({ verdicts: { a: { unsafe: null }, b: { unsafe: true } } });
});

describe('single responses', () => {
  test('are joined by prompt wherever they stand, as a tie', async () => {
    const row = (prompt: string, response: string, safe: boolean) => ({
      prompt,
      response,
      is_safe: safe,
      category: { 'drug_abuse,weapons,banned_substance': !safe, violence: false },
    });
    const file = write(
      'beavertails.jsonl',
      lines(
        row('p', 'unsafe 1', false),
        row('q', 'safe q', true),
        row('p', 'safe 1', true),
        row('p', 'safe 2', true),
        row('q', 'unsafe q', false),
      ),
    );
    const library = openLibrary(mkdtempSync(join(folder, 'library-')));
    const { datasetId, ...result } = await importDataset(library, createProject(library, 'p').id, file);
    expect(result).toMatchObject({
      format: 'single-responses',
      accepted: 2,
      rejected: 1,
      issues: [{ row: 4, code: 'no-counterpart' }],
    });
    const stored = library.db
      .prepare(
        'SELECT row, response_a, response_b, preferred, unsafe_a, unsafe_b, categories_b FROM pairs WHERE ' +
          'dataset_id = ? ORDER BY id',
      )
      .all(datasetId);
    library.close();
    const categories = '["drug_abuse,weapons,banned_substance"]';
    expect(stored).toEqual([
      {
        row: 3,
        response_a: 'safe 1',
        response_b: 'unsafe 1',
        preferred: 'tie',
        unsafe_a: 0,
        unsafe_b: 1,
        categories_b: categories,
      },
      {
        row: 5,
        response_a: 'safe q',
        response_b: 'unsafe q',
        preferred: 'tie',
        unsafe_a: 0,
        unsafe_b: 1,
        categories_b: categories,
      },
    ]);
  });
});

test('rejected rows are saved as CSV with their reasons, and formulas in them stay text', async () => {
  const same = { prompt: 'q', chosen: 'same, "x"\n', rejected: 'same, "x"\n' };
  const empty = { prompt: 'p', chosen: '', rejected: '' };
  const file = write('mixed.jsonl', `${lines({ prompt: 'p', chosen: 'one', rejected: 'two' }, empty, same)}=1+1\n`);
  const library = openLibrary(mkdtempSync(join(folder, 'library-')));
  const { datasetId, ...result } = await importDataset(library, createProject(library, 'p').id, file);
  expect(result).toMatchObject({ accepted: 1, rejected: 3, issuesTotal: 4 });
  const saved = [...rejectedRowsCsv(library, datasetId)].join('');
  library.close();
  const rows = parse(saved).map(([row, field, code, , raw]) => [row, field, code, raw]);
  expect(rows).toEqual([
    ['row', 'field', 'code', 'raw'],
    ['2', 'chosen', 'empty-response', JSON.stringify(empty)],
    ['2', 'rejected', 'empty-response', JSON.stringify(empty)],
    ['3', 'rejected', 'identical-responses', JSON.stringify(same)],
    ['4', '', 'json-syntax', "'=1+1"],
  ]);
});

test('a preview of a file that fits nothing names its columns and a mapping to start from', async () => {
  const preview = await previewDataset(
    write('argilla.jsonl', lines({ question: 'q', 'answer 1': 'one', 'answer 2': 'two', quality: 3 })),
  );
  expect(preview).toMatchObject({
    format: null,
    mapping: { prompt: 'question', responseA: 'answer 1', responseB: 'answer 2' },
  });
  expect(preview.columns.map(({ name, types }) => `${name}: ${types.join()}`)).toEqual([
    'question: text',
    'answer 1: text',
    'answer 2: text',
    'quality: number',
  ]);
  expect(preview.reason).toMatch(/^argilla\.jsonl is in no known format\. .*verdicts\.$/);
});

test('an import that is cancelled leaves nothing behind, and progress ends with all bytes read', async () => {
  const file = write(
    'many.jsonl',
    lines(...Array.from({ length: 3000 }, (_, index) => ({ prompt: `p ${index}`, chosen: 'one', rejected: 'two' }))),
  );
  const library = openLibrary(mkdtempSync(join(folder, 'library-')));
  const { id } = createProject(library, 'p');
  await expect(importDataset(library, id, file, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    kind: 'interrupted',
    code: 'import-cancelled',
  });
  expect(
    library.db.prepare('SELECT (SELECT count(*) FROM pairs) + (SELECT count(*) FROM datasets) AS left').get(),
  ).toEqual({ left: 0 });
  const reports: { bytesRead: number; bytesTotal: number; rows: number; secondsLeft: number | null }[] = [];
  await importDataset(library, id, file, { onProgress: (progress) => reports.push(progress) });
  library.close();
  const last = reports.at(-1);
  expect(last).toMatchObject({ rows: 3000, secondsLeft: 0, bytesRead: last?.bytesTotal });
});
