import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importDataset, type ImportOptions } from '../../main/datasets/import.ts';
import { openLibrary, type Library } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { Failure } from '../../native-models/failure.ts';

/**
 * A file that must be refused: its name, its bytes, the code, and words its message must hold (where, what, what to
 * do).
 */
interface Case {
  readonly name: string;
  readonly file: string;
  readonly bytes: () => Uint8Array | string;
  readonly code: string;
  readonly says: readonly string[];
  readonly options?: ImportOptions;
}

const good = {
  prompt: 'p',
  response_0: 'one',
  response_1: 'two',
  is_response_0_safe: true,
  is_response_1_safe: false,
  better_response_id: 0,
  safer_response_id: 0,
};
const line = JSON.stringify(good);
const pku = (change: Readonly<Record<string, unknown>>): string => `${JSON.stringify({ ...good, ...change })}\n`;
const trl = (change: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ prompt: 'p', chosen: 'one', rejected: 'two', ...change })}\n`;
const columns = (): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'prompt', data: ['p', 'q'] },
        { name: 'chosen', data: ['one', 'three'] },
        { name: 'rejected', data: ['two', 'four'] },
      ],
      codec: 'UNCOMPRESSED',
    }),
  );
const noise = Buffer.from(Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251)).toString('base64');
const zipped = gzipSync(pku({ response_0: noise }));
const utf16 = (text: string, encoding: 'le' | 'be'): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return encoding === 'le' ? bytes : bytes.swap16();
};

const fileCases: readonly Case[] = [
  { name: 'empty file', file: 'a.jsonl', bytes: () => '', code: 'dataset-empty', says: ['0 bytes'] },
  { name: 'only white space', file: 'a.jsonl', bytes: () => ' \n\r\n\n', code: 'dataset-empty', says: ['no rows'] },
  { name: 'only a byte order mark', file: 'a.jsonl', bytes: () => '\ufeff', code: 'dataset-empty', says: ['no rows'] },
  { name: 'empty list', file: 'a.json', bytes: () => '[]', code: 'dataset-empty', says: ['no rows'] },
  {
    name: 'empty list under data',
    file: 'a.json',
    bytes: () => '{"data": []}',
    code: 'dataset-empty',
    says: ['no rows'],
  },
  {
    name: 'CSV with a header alone',
    file: 'a.csv',
    bytes: () => 'prompt,chosen,rejected\n',
    code: 'dataset-empty',
    says: ['no rows'],
  },
  { name: 'empty gzip', file: 'a.jsonl.gz', bytes: () => gzipSync(''), code: 'dataset-empty', says: ['no rows'] },
  {
    name: 'truncated gzip',
    file: 'a.jsonl.gz',
    bytes: () => zipped.subarray(0, zipped.length >> 1),
    code: 'gzip-truncated',
    says: ['again'],
  },
  {
    name: 'gzip with a flipped bit',
    file: 'a.jsonl.gz',
    bytes: () => zipped.map((byte, index) => (index === zipped.length - 6 ? byte ^ 1 : byte)),
    code: 'gzip-corrupt',
    says: ['again'],
  },
  {
    name: 'gzip header and noise',
    file: 'a.jsonl.gz',
    bytes: () => Buffer.concat([zipped.subarray(0, 10), Buffer.alloc(200, 0xff)]),
    code: 'gzip-corrupt',
    says: ['again'],
  },
  {
    name: 'truncated Parquet',
    file: 'a.parquet',
    bytes: () => columns().subarray(0, -40),
    code: 'parquet-truncated',
    says: ['PAR1', 'again'],
  },
  { name: 'Parquet magic alone', file: 'a.parquet', bytes: () => 'PAR1', code: 'parquet-truncated', says: ['PAR1'] },
  {
    name: 'Parquet with a damaged footer',
    file: 'a.parquet',
    bytes: () => columns().map((byte, index, all) => (index > all.length - 60 && index < all.length - 8 ? 0xff : byte)),
    code: 'parquet-corrupt',
    says: ['footer'],
  },
  {
    name: 'Parquet with an impossible footer length',
    file: 'a.parquet',
    bytes: () => columns().map((byte, index, all) => (index >= all.length - 8 && index < all.length - 4 ? 0x7f : byte)),
    code: 'parquet-corrupt',
    says: ['footer'],
  },
  {
    name: 'Parquet with damaged pages',
    file: 'a.parquet',
    bytes: () => columns().map((byte, index) => (index >= 4 && index < 40 ? 0xff : byte)),
    code: 'parquet-corrupt',
    says: ['row group 1'],
  },
  {
    name: 'JSON named .parquet',
    file: 'a.parquet',
    bytes: () => line,
    code: 'dataset-file-type',
    says: ['PAR1', '.jsonl'],
  },
  {
    name: 'gzipped Parquet',
    file: 'a.parquet.gz',
    bytes: () => gzipSync(columns()),
    code: 'dataset-file-type',
    says: ['unpack'],
  },
  {
    name: 'zip archive named .csv',
    file: 'a.csv',
    bytes: () => 'PK\u0003\u0004....',
    code: 'dataset-file-type',
    says: ['zip'],
  },
  {
    name: 'Git LFS pointer',
    file: 'a.jsonl',
    bytes: () => 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    code: 'dataset-file-type',
    says: ['not downloaded'],
  },
  {
    name: 'SQLite database',
    file: 'a.json',
    bytes: () => 'SQLite format 3\0',
    code: 'dataset-file-type',
    says: ['SQLite'],
  },
  {
    name: 'unknown extension',
    file: 'a.txt',
    bytes: () => 'hello',
    code: 'dataset-file-type',
    says: ['.txt', '.jsonl'],
  },
  {
    name: 'UTF-16 without a byte order mark',
    file: 'a.jsonl',
    bytes: () => Buffer.from(line, 'utf16le'),
    code: 'text-encoding',
    says: ['UTF-8'],
  },
  {
    name: 'UTF-16 with half a pair',
    file: 'a.csv',
    bytes: () => Buffer.concat([utf16('prompt,chosen\n', 'le'), Buffer.from([0x00, 0xd8, 0x41, 0x00])]),
    code: 'text-encoding',
    says: ['utf-16le', 'UTF-8'],
  },
  {
    name: 'UTF-32',
    file: 'a.jsonl',
    bytes: () => Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]),
    code: 'text-encoding',
    says: ['UTF-32'],
  },
  {
    name: 'invalid UTF-8 in CSV',
    file: 'a.csv',
    bytes: () =>
      Buffer.concat([Buffer.from('prompt,chosen,rejected\np,a'), Buffer.from([0xc3, 0x28]), Buffer.from(',b\n')]),
    code: 'invalid-utf8',
    says: ['byte 26'],
  },
  {
    name: 'JSON cut off',
    file: 'a.json',
    bytes: () => `[${line},{"prompt":"p`,
    code: 'json-truncated',
    says: ['line 1', 'again'],
  },
  {
    name: 'JSON list that is not closed',
    file: 'a.json',
    bytes: () => `[${line}\n,${line}`,
    code: 'json-truncated',
    says: ['line 2'],
  },
  {
    name: 'JSON with text after its end',
    file: 'a.json',
    bytes: () => `[${line}]\n[1]`,
    code: 'json-syntax',
    says: ['line 2'],
  },
  { name: 'text named .json', file: 'a.json', bytes: () => 'hello', code: 'json-syntax', says: ['line 1', '"["'] },
  {
    name: 'JSON object without rows',
    file: 'a.json',
    bytes: () => '{"version": 1}',
    code: 'json-without-rows',
    says: ['version'],
  },
  {
    name: 'JSON columns of unequal length',
    file: 'a.json',
    bytes: () => '{"prompt":["p","q"],"chosen":["a"],"rejected":["b","c"]}',
    code: 'json-columns-differ',
    says: ['chosen', '1 values'],
  },
  {
    name: 'CSV with an open quote',
    file: 'a.csv',
    bytes: () => 'prompt,chosen,rejected\n"p,a,b\n',
    code: 'csv-syntax',
    says: ['row 1'],
  },
  {
    name: 'CSV with a stray quote',
    file: 'a.csv',
    bytes: () => 'prompt,chosen,rejected\np,"a" x,b\n',
    code: 'csv-syntax',
    says: ['row 1', '""'],
  },
  {
    name: 'CSV with a column twice',
    file: 'a.csv',
    bytes: () => 'prompt,chosen,chosen\np,a,b\n',
    code: 'csv-duplicate-column',
    says: ['"chosen"', 'Rename'],
  },
  {
    name: 'a line of 100 MB',
    file: 'a.jsonl',
    bytes: () => `{"prompt":"${'x'.repeat(100_000_000)}"}`,
    code: 'row-too-long',
    says: ['16777216 bytes'],
  },
  {
    name: 'a CSV cell of 20 MB',
    file: 'a.csv',
    bytes: () => `prompt,chosen,rejected\n"${'x'.repeat(20_000_000)}",a,b\n`,
    code: 'row-too-long',
    says: ['16777216 bytes'],
  },
  {
    name: 'columns nobody knows',
    file: 'a.csv',
    bytes: () => 'spalte,wert\na,b\n',
    code: 'dataset-format-unknown',
    says: ['spalte (text): "a"', 'which column is the prompt'],
  },
  {
    name: 'instructions without a preference',
    file: 'a.jsonl',
    bytes: () => '{"instruction":"i","input":"","output":"o"}\n',
    code: 'dataset-without-preference',
    says: ['Alpaca'],
  },
  {
    name: 'a format that does not exist',
    file: 'a.jsonl',
    bytes: () => line,
    options: { format: 'pku' },
    code: 'format-unknown',
    says: ['pku-saferlhf'],
  },
  {
    name: 'a format that does not fit',
    file: 'a.jsonl',
    bytes: () => line,
    options: { format: 'hh-rlhf' },
    code: 'format-does-not-fit',
    says: ['response_0'],
  },
  {
    name: 'a mapping to no field',
    file: 'a.jsonl',
    bytes: () => line,
    options: { mapping: { question: 'prompt' } },
    code: 'mapping-unknown-field',
    says: ['responseA'],
  },
  {
    name: 'a mapping of no column',
    file: 'a.jsonl',
    bytes: () => line,
    options: { mapping: { prompt: 'question' } },
    code: 'mapping-unknown-column',
    says: ['response_0'],
  },
];

const rowCases: readonly Case[] = [
  {
    name: 'invalid UTF-8',
    file: 'a.jsonl',
    bytes: () => Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    code: 'invalid-utf8',
    says: ['byte 11'],
  },
  {
    name: 'NaN',
    file: 'a.jsonl',
    bytes: () => line.replace('"p"', 'NaN'),
    code: 'json-not-finite',
    says: ['NaN', 'null'],
  },
  {
    name: '-Infinity in a list',
    file: 'a.json',
    bytes: () => `[{"prompt": -Infinity}]`,
    code: 'json-not-finite',
    says: ['Infinity'],
  },
  {
    name: 'a key twice',
    file: 'a.jsonl',
    bytes: () => line.replace('{', '{"prompt":"q",'),
    code: 'json-duplicate-key',
    says: ['twice'],
  },
  {
    name: 'a nested key twice',
    file: 'a.json',
    bytes: () => `[${line.replace('"p"', '[{"role":"user","content":"a","content":"b"}]')}]`,
    code: 'json-duplicate-key',
    says: ['Line 1'],
  },
  {
    name: 'nesting without end',
    file: 'a.jsonl',
    bytes: () => `{"prompt":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    code: 'json-too-deep',
    says: ['at most 32'],
  },
  {
    name: 'JSON syntax',
    file: 'a.jsonl',
    bytes: () => '{"prompt": "p" "chosen": 1}\n',
    code: 'json-syntax',
    says: ['Line 1'],
  },
  {
    name: 'a Python dictionary',
    file: 'a.jsonl',
    bytes: () => "{'prompt': 'p'}\n",
    code: 'json-syntax',
    says: ['Line 1'],
  },
  {
    name: 'rows that are lists',
    file: 'a.json',
    bytes: () => '[[1,2],[3,4]]',
    code: 'row-not-an-object',
    says: ['a list'],
  },
  {
    name: 'a CSV row with too few cells',
    file: 'a.csv',
    bytes: () => 'prompt,chosen,rejected\np,a\n',
    code: 'csv-column-count',
    says: ['header'],
  },
  {
    name: 'a missing value',
    file: 'a.jsonl',
    bytes: () => pku({ response_1: undefined }) + pku({ response_0: undefined }),
    code: 'missing-field',
    says: ['Row 1 (line 1), response_1'],
  },
  {
    name: 'a number for a text',
    file: 'a.jsonl',
    bytes: () => pku({ response_0: 42 }),
    code: 'wrong-type',
    says: ['response_0', '42'],
  },
  {
    name: 'an empty prompt',
    file: 'a.jsonl',
    bytes: () => pku({ prompt: ' ' }),
    code: 'empty-prompt',
    says: ['prompt'],
  },
  {
    name: 'an empty response',
    file: 'a.jsonl',
    bytes: () => pku({ response_1: '' }),
    code: 'empty-response',
    says: ['response_1'],
  },
  {
    name: 'equal responses',
    file: 'a.jsonl',
    bytes: () => pku({ response_1: 'one' }),
    code: 'identical-responses',
    says: ['response_1', 'same'],
  },
  {
    name: 'an unknown preferred id',
    file: 'a.jsonl',
    bytes: () => pku({ better_response_id: 2 }),
    code: 'value-meaning-unclear',
    says: ['better_response_id', '2 (1 row)', 'A, B, tie'],
  },
  {
    name: 'an unknown verdict',
    file: 'a.jsonl',
    bytes: () => pku({ is_response_0_safe: 'maybe' }),
    code: 'value-meaning-unclear',
    says: ['maybe', 'safe, unsafe'],
  },
  {
    name: 'a verdict that is no 0 or 1',
    file: 'a.jsonl',
    bytes: () => pku({ is_response_1_safe: 0.5 }),
    code: 'value-meaning-unclear',
    says: ['0.5'],
  },
  {
    name: 'a severity out of range',
    file: 'a.jsonl',
    bytes: () => pku({ response_0_severity_level: 4 }),
    code: 'bad-severity',
    says: ['4', '3 (severe)'],
  },
  {
    name: 'categories that are numbers',
    file: 'a.jsonl',
    bytes: () => pku({ response_0_harm_category: { Violence: 7 } }),
    code: 'bad-categories',
    says: ['Violence'],
  },
  {
    name: 'a text that was changed after it was labelled',
    file: 'a.jsonl',
    bytes: () => pku({ response_0_sha256: '0'.repeat(64) }),
    code: 'sha256-mismatch',
    says: ['response_0_sha256', 'source'],
  },
  {
    name: 'half a UTF-16 pair',
    file: 'a.jsonl',
    bytes: () => trl({ prompt: '@' }).replace('@', String.raw`\ud800`),
    code: 'lone-surrogate',
    says: ['prompt'],
  },
  {
    name: 'an unknown role',
    file: 'a.jsonl',
    bytes: () => trl({ prompt: [{ role: 'narrator', content: 'x' }] }),
    code: 'unknown-role',
    says: ['prompt[0]', 'narrator'],
  },
  {
    name: 'a message without content',
    file: 'a.jsonl',
    bytes: () => trl({ prompt: [{ role: 'user' }] }),
    code: 'wrong-type',
    says: ['prompt[0]'],
  },
  {
    name: 'a list that Python printed',
    file: 'a.csv',
    bytes: () => `prompt,chosen,rejected\n"[{'role': 'user', 'content': 'x'}]",a,b\n`,
    code: 'python-text',
    says: ['Python'],
  },
  {
    name: 'a prompt that ends with the assistant',
    file: 'a.jsonl',
    bytes: () => trl({ prompt: [{ role: 'assistant', content: 'x' }] }),
    code: 'prompt-without-question',
    says: ["the user's"],
  },
  {
    name: 'a response spoken by the user',
    file: 'a.jsonl',
    bytes: () => trl({ chosen: [{ role: 'user', content: 'x' }], rejected: [{ role: 'assistant', content: 'y' }] }),
    code: 'response-not-assistant',
    says: ['chosen', 'user'],
  },
  {
    name: 'transcripts of two conversations',
    file: 'a.jsonl',
    bytes: () =>
      `${JSON.stringify({ chosen: '\n\nHuman: a\n\nAssistant: b', rejected: '\n\nHuman: c\n\nAssistant: d' })}\n`,
    code: 'prompts-differ',
    says: ['rejected'],
  },
  {
    name: 'a list of three responses',
    file: 'a.jsonl',
    bytes: () => '{"prompt":"p","response":["a","b","c"]}\n',
    code: 'wrong-type',
    says: ['two responses'],
  },
  {
    name: 'single responses without a counterpart',
    file: 'a.jsonl',
    bytes: () => '{"prompt":"p","response":"a","is_safe":true}\n',
    code: 'no-counterpart',
    says: ['unsafe answer'],
  },
  {
    name: 'single responses without a verdict',
    file: 'a.jsonl',
    bytes: () => '{"prompt":"p","response":"a","is_safe":null}\n',
    code: 'missing-verdict',
    says: ['is_safe'],
  },
  {
    name: 'rows bad in several ways',
    file: 'a.jsonl',
    bytes: () => pku({ response_1: '' }) + pku({ prompt: '' }),
    code: 'dataset-no-usable-rows',
    says: ['2 rows'],
  },
];

const documented = new Set(
  [...readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8').matchAll(/`([a-z0-9-]+)` \|/g)].map(
    (match) => match[1],
  ),
);
const folder = mkdtempSync(join(tmpdir(), 'safedpo-malformed-'));
let library: Library;
let projectId = 0;

beforeAll(async () => {
  library = openLibrary(join(folder, 'library'));
  projectId = createProject(library, 'malformed').id;
  writeFileSync(join(folder, 'good.jsonl'), `${line}\n`);
  await importDataset(library, projectId, join(folder, 'good.jsonl'));
});
afterAll(() => {
  library.close();
  rmSync(folder, { recursive: true });
});

/** All that an import may change. */
function contents(): unknown {
  return ['datasets', 'pairs', 'pair_labels', 'rejected_rows', 'label_events'].map((table) =>
    library.db.prepare(`SELECT * FROM ${table}`).all(),
  );
}

async function refusal(file: string, options: ImportOptions = {}): Promise<Failure> {
  try {
    await importDataset(library, projectId, file, options);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the file was imported');
}

describe.each([
  ['files that cannot be used', fileCases],
  ['files whose every row cannot be used', rowCases],
])('%s', (_, cases) => {
  test.each(cases)('$name: $code', async ({ file, bytes, code, says, options }) => {
    const path = join(folder, file);
    writeFileSync(path, bytes());
    const before = contents();
    const failure = await refusal(path, options);
    expect({ kind: failure.kind, code: failure.code }, failure.message).toEqual({ kind: 'input', code });
    for (const words of says) expect(failure.message).toContain(words);
    expect(documented.has(code), `${code} in docs/errors.md`).toBe(true);
    expect(contents()).toEqual(before);
  });
});

describe('files that are not there', () => {
  test('no such file', async () => {
    expect(await refusal(join(folder, 'none.jsonl'))).toMatchObject({ kind: 'input', code: 'file-not-found' });
  });

  test('a folder', async () => {
    mkdirSync(join(folder, 'folder.jsonl'));
    expect(await refusal(join(folder, 'folder.jsonl'))).toMatchObject({ kind: 'input', code: 'file-is-folder' });
  });
});

describe('files with odd but readable text', () => {
  test.each([
    ['byte order mark', 'b.jsonl', `\ufeff${pku({ prompt: 'bom' })}`],
    ['CRLF', 'b.jsonl', pku({ prompt: 'crlf' }).replace('\n', '\r\n')],
    ['no line end', 'b.jsonl', pku({ prompt: 'no end' }).trimEnd()],
    ['UTF-16 LE', 'b.jsonl', utf16(pku({ prompt: 'ütf-16 le 🙂' }), 'le')],
    ['UTF-16 BE', 'b.csv', utf16('prompt,chosen,rejected\nütf-16 be,a,b\n', 'be')],
    ['JSON Lines named .json', 'b.json', pku({ prompt: 'lines' }) + pku({ prompt: 'more lines' })],
    ['JSON named .jsonl', 'b.jsonl', `[\n${pku({ prompt: 'list' })}]`],
    [
      'rows under data, among other keys',
      'b.json',
      `{"version": "1", "data": [${pku({ prompt: 'data' })}], "note": {"a": [1]}}`,
    ],
    ['columns', 'b.json', '{"prompt":["col"],"chosen":["a"],"rejected":["b"]}'],
    ['gzip without its name', 'b.jsonl', gzipSync(pku({ prompt: 'gzip' }))],
    [
      'several gzip members',
      'b.jsonl.gz',
      Buffer.concat([gzipSync(pku({ prompt: 'member 1' })), gzipSync(pku({ prompt: 'member 2' }))]),
    ],
    ['semicolons', 'b.csv', 'prompt;chosen;rejected\nsemicolon;a;b\n'],
    ['quoted line ends', 'b.csv', 'prompt,chosen,rejected\r\n"two\r\nlines","a ""quoted""",b\r\n'],
    ['tabs', 'b.tsv', 'prompt\tchosen\trejected\ntab\ta, b\tb\n'],
    ['Parquet named .json', 'b.json', columns()],
  ])('%s', async (_, file, bytes) => {
    const path = join(folder, file);
    writeFileSync(path, bytes);
    const result = await importDataset(library, projectId, path);
    expect(result.rejected).toBe(0);
    expect(result.accepted).toBeGreaterThan(0);
  });

  test('one bad row among good ones costs only itself, and is kept with its place', async () => {
    const path = join(folder, 'c.jsonl');
    writeFileSync(
      path,
      `${pku({ prompt: 'first' })}\n{"prompt": NaN}\n${'x'.repeat(17_000_000)}\n${pku({ prompt: 'last' })}`,
    );
    const result = await importDataset(library, projectId, path);
    expect(result).toMatchObject({ accepted: 2, rejected: 2, duplicates: 0, issuesTotal: 2 });
    expect(result.issues.map(({ row, line: place, code }) => ({ row, place, code }))).toEqual([
      { row: 2, place: 3, code: 'json-not-finite' },
      { row: 3, place: 4, code: 'row-too-long' },
    ]);
  });

  test('damage behind good rows takes all of them back', async () => {
    const path = join(folder, 'd.jsonl.gz');
    const many = Array.from({ length: 5000 }, (_, index) =>
      pku({ prompt: `${index} ${noise.slice(index % 1000, 500 + (index % 1000))}` }),
    ).join('');
    const packed = gzipSync(many);
    writeFileSync(path, packed.subarray(0, packed.length - 20));
    const before = contents();
    expect(await refusal(path)).toMatchObject({ code: 'gzip-truncated' });
    expect(contents()).toEqual(before);
  });
});
