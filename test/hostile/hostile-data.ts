import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';
import { pick, type Random } from '../../native-models/sample/world/random.ts';

/** A file that no import should be stopped by. */
export interface HostileFile {
  readonly kind: string;
  readonly name: string;
  readonly bytes: () => Buffer;
}

const row = (index: number): string => JSON.stringify({ prompt: `p${index}`, chosen: 'a', rejected: 'b' });

/** Data files: bombs, and good ones with drawn damage. */
export function hostileFiles(random: Random, many: number): HostileFile[] {
  const file = (kind: string, name: string, content: () => string | Buffer): HostileFile => ({
    kind,
    name,
    bytes: () => Buffer.from(content()),
  });
  const repeated = (rows: number, columns: number): Buffer => {
    const data = Array.from({ length: rows }, () => 'x');
    return Buffer.from(
      parquetWriteBuffer({
        columnData: Array.from({ length: columns }, (_, index) => ({ name: `c${index}`, data, type: 'STRING' })),
        rowGroupSize: rows,
      }),
    );
  };
  const halfAMillion = (): string => Array.from({ length: 500_000 }, (_, index) => `"${index}":[[]]`).join(',');
  const bombs = [
    file('gzip bomb', 'blank.jsonl.gz', () => gzipSync(Buffer.alloc(2 ** 29, '\n'))),
    file('gzip bomb', 'spaces.jsonl.gz', () => gzipSync(Buffer.alloc(2 ** 29, ' '))),
    file('gzip bomb', 'zeros.csv.gz', () => gzipSync(Buffer.alloc(2 ** 29))),
    file('gzip bomb', 'quotes.csv.gz', () =>
      gzipSync(Buffer.concat([Buffer.from('a,b\n"'), Buffer.alloc(2 ** 28, 'x')])),
    ),
    file('gzip bomb', 'list.json.gz', () => gzipSync(Buffer.concat([Buffer.from('['), Buffer.alloc(2 ** 28, '[')]))),
    file('wide', 'columns.csv', () => `${Array.from({ length: 300_000 }, (_, index) => `c${index}`).join(',')}\n`),
    file('wide', 'cells.csv', () => `a,b\n${','.repeat(5_000_000)}\n`),
    file('wide', 'keys.jsonl', () => `{${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join(',')}}\n`),
    file('wide', 'columns.json', () => `{"a":[${'1,'.repeat(5_000_000)}1]}`),
    file(
      'wide',
      'objects.json',
      () => `{${['prompt', 'chosen', 'rejected'].map((name) => `"${name}":{${halfAMillion()}}`).join(',')}}`,
    ),
    file('deep', 'brackets.jsonl', () => '['.repeat(5_000_000)),
    file('deep', 'objects.jsonl', () => `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}\n`),
    file('long', 'line.jsonl', () => `{"prompt":"${'x'.repeat(50_000_000)}"}`),
    file('parquet bomb', 'wide.parquet', () => repeated(500_000, 41)),
    file('parquet bomb', 'tall.parquet', () => repeated(6_000_000, 3)),
    file('magic', 'archive.csv', () => 'PK\u0003\u0004'),
    file('magic', 'empty.parquet', () => 'PAR1PAR1'),
    file('magic', 'footer.parquet', () =>
      Buffer.concat([
        Buffer.from('PAR1'),
        Buffer.alloc(64, 255),
        Buffer.from([255, 255, 255, 127]),
        Buffer.from('PAR1'),
      ]),
    ),
    file('encoding', 'utf16.csv', () => Buffer.from('\ufeffprompt,chosen\n\ud800', 'utf16le')),
    file(
      'prototype',
      'proto.jsonl',
      () => '{"__proto__":{"x":1},"constructor":1,"prompt":"p","chosen":"a","rejected":"b"}\n',
    ),
  ];
  const good: readonly (readonly [string, () => Buffer])[] = [
    ['rows.jsonl', () => Buffer.from(Array.from({ length: 50 }, (_, index) => row(index)).join('\n'))],
    ['rows.json', () => Buffer.from(`[${Array.from({ length: 50 }, (_, index) => row(index)).join(',')}]`)],
    [
      'rows.csv',
      () =>
        Buffer.from(`prompt,chosen,rejected\n${Array.from({ length: 50 }, (_, index) => `p${index},a,b`).join('\n')}`),
    ],
    ['rows.jsonl.gz', () => gzipSync(Array.from({ length: 50 }, (_, index) => row(index)).join('\n'))],
    ['rows.parquet', () => repeated(50, 3)],
  ];
  return [...bombs, ...Array.from({ length: many }, (_, index) => damaged(random, index, pick(random, good)))];
}

function damaged(random: Random, index: number, [name, make]: readonly [string, () => Buffer]): HostileFile {
  const [from, length, fill] = [random(), Math.ceil(random() * 20), Math.floor(random() * 256)];
  return {
    kind: 'damaged',
    name: `${index}-${name}`,
    bytes: () => {
      const bytes = make();
      const at = Math.floor(from * bytes.length);
      return bytes.fill(fill, at, Math.min(bytes.length, at + length));
    },
  };
}

/** Files of labels and opinions. */
export function hostileLabels(): HostileFile[] {
  const header = '{"format":"safedpo-labels","version":1}\n';
  const file = (name: string, content: () => string): HostileFile => ({
    kind: 'labels',
    name,
    bytes: () => Buffer.from(content()),
  });
  return [
    file('empty.jsonl', () => ''),
    file('other.jsonl', () => '{"format":"else"}\n'),
    file('deep.jsonl', () => header + '['.repeat(1_000_000)),
    file('many.jsonl', () => header + '{}\n'.repeat(200_000)),
    file('proto.jsonl', () => `${header}{"__proto__":1,"constructor":{}}\n`),
    file('binary.jsonl', () => '\0'.repeat(1000)),
    file('quote.csv', () => `"${'x'.repeat(10_000_000)}`),
    file('wide.csv', () => ','.repeat(1_000_000)),
    file('argilla.jsonl', () => '[{"id":1,"fields":null,"responses":{}}]'),
  ];
}
