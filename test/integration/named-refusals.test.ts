import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness } from './serve-harness.ts';

/** What used to end in an error without a name: each has its own now, and the host goes on. */

let serve: ServeHarness;
let page: PageClient;
let projectId: number;
beforeAll(async () => {
  serve = await startServe();
  page = await openPage(serve);
  projectId = (await page.client.projects.create({ name: 'refusals' })).id;
});
afterAll(async () => {
  page.hangUp();
  expect(serve.bugs).toEqual([]);
  await serve.stop();
});

async function pick(name: string): Promise<string> {
  const [root] = await page.client.files.roots({});
  return (
    (await page.client.files.list({ folder: root?.handle ?? '' })).entries.find((entry) => entry.name === name)
      ?.handle ?? ''
  );
}
async function picked(name: string, content: string | Buffer): Promise<string> {
  writeFileSync(join(serve.allowed, name), content);
  return pick(name);
}
const preview = async (file: string) => page.client.datasets.preview({ file, format: null, mapping: null });

test.each([
  ['more than twenty words', Array.from({ length: 21 }, (_, index) => `word${index}`).join(' ')],
  ['a text of more than 500 characters', `"${'long '.repeat(101)}"`],
  ['a zero character', 'a\0b'],
])('a search for %s', async (_, query) => {
  await expect(page.client.review.parse({ projectId, query })).rejects.toMatchObject({ code: 'query-invalid' });
});

test('twenty words are searched for', async () => {
  expect(
    (
      await page.client.review.parse({
        projectId,
        query: Array.from({ length: 20 }, (_, index) => `word${index}`).join(' '),
      })
    ).text,
  ).toHaveLength(20);
});

test('a filter with a zero character', async () => {
  await expect(
    page.client.review.count({
      projectId,
      asked: { filter: { text: [{ match: 'word', words: 'a\0b', not: false }] } },
      blind: false,
    }),
  ).rejects.toMatchObject({ code: 'invalid-request' });
});

test('a project that is not there', async () => {
  const gone = projectId + 1000;
  await expect(page.client.datasets.split({ projectId: gone })).rejects.toMatchObject({ code: 'unknown-project' });
  await expect(page.client.datasets.setSplit({ projectId: gone, heldOutShare: 0.1, seed: 1 })).rejects.toMatchObject({
    code: 'unknown-project',
  });
});

test('a CSV file of too many columns', async () => {
  const file = await picked('wide.csv', `${Array.from({ length: 100_000 }, (_, index) => `c${index}`).join(',')}\n`);
  await expect(preview(file)).rejects.toMatchObject({ code: 'csv-too-many-columns', details: { columns: 100_000 } });
});

test('a row of too many keys', async () => {
  const file = await picked(
    'keys.jsonl',
    `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(',')}}\n`,
  );
  await expect(preview(file)).rejects.toMatchObject({ code: 'json-too-many-keys' });
});

test('a gzip file whose beginning unpacks to much more', async () => {
  const file = await picked('blank.jsonl.gz', gzipSync(Buffer.alloc(200 * 1024 * 1024, '\n'), { level: 9 }));
  await expect(preview(file)).rejects.toMatchObject({ code: 'dataset-empty' });
});

test.skipIf(process.platform === 'win32')('pipes, devices and folders in the place of files', async () => {
  execFileSync('mkfifo', [join(serve.allowed, 'pipe.jsonl')]);
  symlinkSync('/dev/zero', join(serve.allowed, 'zero.jsonl'));
  mkdirSync(join(serve.allowed, 'model'));
  execFileSync('mkfifo', [join(serve.allowed, 'model/config.json')]);
  await expect(page.client.models.inspect({ folder: await pick('model') })).rejects.toMatchObject({
    code: 'not-a-plain-file',
  });
  for (const name of ['pipe.jsonl', 'zero.jsonl']) {
    const file = await pick(name);
    if (file === '') continue;
    await expect(preview(file)).rejects.toMatchObject({ code: 'not-a-plain-file' });
    await expect(page.client.labels.importHistory({ projectId, file, format: 'jsonl' })).rejects.toMatchObject({
      code: 'not-a-plain-file',
    });
  }
});
