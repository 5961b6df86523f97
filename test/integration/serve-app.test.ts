import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { removeOldUploads } from '../../main/hosts/http/upload.ts';
import { transformClasses } from '../../native-models/vocabulary/lists.ts';
import type { Client } from '../../preload/contract/client.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness, shown } from './serve-harness.ts';

/** The contract over a real serve host and a real library, as a page uses it. */

let serve: ServeHarness;
let page: PageClient;
let client: Client;

beforeAll(async () => {
  serve = await startServe();
  page = await openPage(serve);
  client = page.client;
});
afterAll(async () => {
  page.hangUp();
  await serve.stop();
  expect(serve.bugs, 'none of this was a bug inside the app').toEqual([]);
});

/** Twelve pairs in PKU-SafeRLHF's columns, and a row that cannot be one. */
function pkuFile(): string {
  const rows = Array.from({ length: 12 }, (_, index) => ({
    prompt: `Question ${index}`,
    response_0: `First answer ${index}`,
    response_1: `Second answer ${index}`,
    is_response_0_safe: index % 3 !== 0,
    is_response_1_safe: index % 2 === 0,
    better_response_id: index % 2,
    safer_response_id: index % 3 === 0 && index % 2 === 0 ? 1 : 0,
  }));
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n{"prompt": 5}\n`;
}

async function upload(name: string, text: string): Promise<PickedFile> {
  const headers = {
    origin: serve.origin,
    ...shown(page.session),
    'content-type': 'application/octet-stream',
    'x-file-name': name,
  };
  const answer = await serve.ask({ path: '/upload', headers, body: text });
  return unwrap<PickedFile>(JSON.parse(answer.text));
}

describe('from a new project to labels', { shuffle: false }, () => {
  let projectId: number;

  test('a project is made, renamed, put away and taken back', async () => {
    const { id } = await client.projects.create({ name: 'Lanterns' });
    await client.projects.rename({ projectId: id, name: 'Greenhouse' });
    await client.projects.saveStep({ projectId: id, step: 'data' });
    await client.projects.trash({ projectId: id });
    const listed = await client.projects.list({ trashed: false });
    expect(listed.map((project) => project.id)).not.toContain(id);
    expect(await client.projects.restore({ projectId: id })).toMatchObject({
      name: 'Greenhouse',
      step: 'data',
      model: null,
      pairs: 0,
    });
    projectId = id;
  });

  test('a failure keeps its code across the wire', async () => {
    await expect(client.projects.create({ name: 'Greenhouse' })).rejects.toMatchObject({
      name: 'ContractError',
      code: 'project-exists',
    });
  });

  test('a file is previewed and imported with its progress', async () => {
    const { handle } = await upload('pairs.jsonl', pkuFile());
    const preview = await client.datasets.preview({ file: handle, format: null, mapping: null });
    expect(preview).toMatchObject({ fileName: 'pairs.jsonl', format: 'pku-saferlhf' });
    expect(preview.rows).toHaveLength(5);
    expect(preview.rows[0]?.pair).toMatchObject({
      responses: { a: 'First answer 0' },
      labels: { a: { unsafe: true } },
    });

    const { taskId } = await client.datasets.import({ projectId, file: handle, format: null, mapping: null });
    const states: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.datasets.importProgress(
        { taskId },
        { next: ({ state }) => (states.push(state) && state === 'done' ? resolve() : undefined), error: reject },
      );
    });
    const [dataset] = await client.datasets.list({ projectId });
    expect(dataset).toMatchObject({ accepted: 12, rejected: 1, duplicates: 0, weight: 1 });
    expect(
      (await client.datasets.rejectedRows({ datasetId: dataset?.id ?? 0, after: 0, limit: 10 })).rows[0],
    ).toMatchObject({ row: 13 });
    expect((await client.datasets.rejectedCsv({ datasetId: dataset?.id ?? 0 })).text).toContain(
      'row,field,code,message,raw\r\n13,',
    );
    expect(states.at(-1)).toBe('done');
    expect(readdirSync(join(serve.root, 'library/uploads')), 'an imported upload is not kept twice').toEqual([]);
    await expect(client.datasets.preview({ file: handle, format: null, mapping: null })).rejects.toMatchObject({
      code: 'unknown-file-handle',
    });
  });

  test('all rows that clash with a kept pair are saved as CSV, with the labels of both', async () => {
    const clashing = Array.from({ length: 120 }, (_, index) => ({
      prompt: `=1+${index}`,
      response_0: 'one',
      response_1: 'two',
      is_response_0_safe: true,
      is_response_1_safe: true,
      better_response_id: 0,
      safer_response_id: 0,
    }));
    const rows = clashing.flatMap((row) => [row, { ...row, is_response_1_safe: false, better_response_id: 1 }]);
    const other = await client.projects.create({ name: 'Clashes' });
    const { handle } = await upload('clashing.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { taskId } = await client.datasets.import({ projectId: other.id, file: handle, format: null, mapping: null });
    await new Promise<void>((resolve, reject) => {
      client.datasets.importProgress(
        { taskId },
        { next: ({ state }) => (state === 'done' ? resolve() : undefined), error: reject },
      );
    });
    const [dataset] = await client.datasets.list({ projectId: other.id });
    expect(dataset).toMatchObject({ accepted: 120, duplicates: 120, clashes: 120 });
    const { fileName, text } = await client.datasets.clashingCsv({ datasetId: dataset?.id ?? 0 });
    const lines = text.trimEnd().split('\r\n');
    expect(fileName).toBe('clashing.jsonl.clashing.csv');
    expect(lines).toHaveLength(121);
    expect(lines[0]).toBe(
      'row,pair,prompt,row_preferred,row_safer,row_unsafe_a,row_unsafe_b,' +
        'kept_preferred,kept_safer,kept_unsafe_a,kept_unsafe_b',
    );
    expect(lines[1]).toMatch(/^2,\d+,'=1\+0,b,a,false,true,a,a,false,false$/);
  });

  test('the split counts what it drew', async () => {
    const other = (await client.projects.list({ trashed: false })).find(({ name }) => name === 'Clashes');
    if (other === undefined) throw new Error('there is no such project');
    const split = await client.datasets.setSplit({ projectId: other.id, heldOutShare: 0.25, seed: 3 });
    expect(split.trainPairs + split.heldOutPairs).toBe(120);
    expect(split.heldOutPairs).toBeGreaterThan(0);
    expect(await client.datasets.split({ projectId: other.id })).toEqual(split);
  });

  test('an upload that was given up is removed when it is a day old', async () => {
    const uploads = join(serve.root, 'given-up');
    for (const name of ['old', 'young']) mkdirSync(join(uploads, name), { recursive: true });
    utimesSync(join(uploads, 'old'), 0, 0);
    await removeOldUploads(uploads);
    expect(readdirSync(uploads)).toEqual(['young']);
  });

  test('a file that cannot be read fails its task with the code', async () => {
    const { handle } = await upload('broken.jsonl', 'not json\n');
    const { taskId } = await client.datasets.import({ projectId, file: handle, format: null, mapping: null });
    const last = await new Promise((resolve, reject) => {
      client.datasets.importProgress(
        { taskId },
        { next: (progress) => (progress.state === 'running' ? undefined : resolve(progress)), error: reject },
      );
    });
    expect(last).toMatchObject({ state: 'failed', error: { code: expect.stringMatching(/^[a-z-]+$/) } });
    expect(await client.datasets.list({ projectId })).toHaveLength(1);
  });

  test('what a filter finds agrees with the counts', async () => {
    const found = (query: string) => client.review.find({ projectId, asked: { query }, blind: false });
    const counts = await client.review.counts({ projectId });
    expect((await found('')).total).toBe(counts.total);
    for (const name of transformClasses) expect((await found(`class:${name}`)).total).toBe(counts[name]);
    expect((await found('"answer 7"')).total).toBe(1);
  });

  test('a label moves a pair to another class, is heard by every page, and can be undone and redone', async () => {
    const heard: number[] = [];
    const stop = client.review.countsFeed(
      { projectId },
      { next: ({ dropped }) => heard.push(dropped), error: () => {} },
    );
    const { rows } = await client.review.find({ projectId, asked: { query: 'class:keptSafeSafe' }, blind: false });
    const pairId = rows[0]?.id ?? expect.fail('there is no such pair');
    const before = await client.review.counts({ projectId });
    const labelled = await client.labels.label({
      projectId,
      pairIds: [pairId],
      change: { unsafe: { a: true, b: true }, flagged: true },
      why: 'a test',
      blind: false,
    });
    expect(labelled.pairs).toMatchObject([{ id: pairId, class: 'dropped', flagged: true }]);
    expect(labelled.counts.dropped).toBe(before.dropped + 1);
    expect((await client.review.pair({ projectId, pairId, blind: false })).history.map(({ field }) => field)).toEqual([
      'flag',
      'verdict',
      'verdict',
    ]);
    await vi.waitFor(() => expect(heard.at(-1)).toBe(before.dropped + 1));
    expect((await client.labels.undo({ projectId, blind: false })).counts).toEqual(before);
    expect((await client.labels.redo({ projectId, blind: false })).counts.dropped).toBe(before.dropped + 1);
    // The import, then three changes, taken back and done again.
    expect((await client.labels.history({ projectId, before: null, limit: 500 })).rows).toHaveLength(10);
    stop();
  });

  test('a page that lost its connection hears what it missed, and nothing twice', async () => {
    const heard: { seq: number; dropped: number }[] = [];
    client.review.countsFeed(
      { projectId },
      { next: ({ dropped }, seq) => heard.push({ seq, dropped }), error: () => {} },
    );
    await vi.waitFor(() => expect(heard).not.toEqual([]));
    page.hangUp();
    await delay(20);
    const { counts } = await client.labels.undo({ projectId, blind: false });
    await page.connect();
    await vi.waitFor(() => expect(heard.at(-1)?.dropped).toBe(counts.dropped));
    const numbers = heard.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  });
});

const hasSample = existsSync(join(import.meta.dirname, '../../native-models/sample/model/model.safetensors'));
if (!hasSample)
  console.warn('SKIPPED: the sample project, because the bundled model has not been built (npm run build:sample).');

test.skipIf(!hasSample)('the sample project is made once, ready to train', async () => {
  const first = await client.projects.openSample({});
  const second = await client.projects.openSample({});
  expect(second.id).toBe(first.id);
  expect(second).toMatchObject({ datasets: 1, model: { architecture: expect.any(String) } });
  expect(await client.review.counts({ projectId: first.id })).toMatchObject({
    total: second.pairs,
    keptSafeUnsafe: expect.toSatisfy((count: number) => count > 100),
  });
  expect(await client.hyperparameters.current({ projectId: first.id })).toMatchObject({ delta: 2 });
});

test('settings are kept, and bounded', async () => {
  const settings = await client.app.settings({});
  await client.app.saveSettings({ ...settings, theme: 'dark' });
  expect(await client.app.settings({})).toEqual({ ...settings, theme: 'dark' });
  await expect(client.app.saveSettings({ ...settings, checkpointsKept: 0 })).rejects.toMatchObject({
    code: 'invalid-request',
  });
});

test("diagnostics hold what a report needs, and nothing of the person's", async () => {
  const { fileName, text } = await client.app.diagnostics({});
  const report: unknown = JSON.parse(text);
  expect(fileName).toMatch(/^safedpo-diagnostics-\d{4}-\d\d-\d\d\.json$/);
  expect(report).toMatchObject({
    app: { host: 'serve' },
    machine: { preferred: expect.any(String), providers: expect.any(Array) },
    library: { pairs: expect.any(Number) },
    runs: [],
    log: [],
  });
  const { reviewerName } = await client.app.settings({});
  for (const own of [
    serve.root,
    homedir(),
    hostname(),
    reviewerName,
    'Greenhouse',
    'First answer',
    serve.newestToken(),
    page.session,
  ])
    expect(text).not.toContain(own);
}, 60_000);

test('every code the hosts use is explained', async () => {
  const known = new Set((await client.app.errors({})).map(({ code }) => code));
  const own = [
    'body-too-large',
    'browser-only',
    'desktop-only',
    'disk-full',
    'file-not-found',
    'folder-not-allowed',
    'folder-unreadable',
    'foreign-host',
    'foreign-origin',
    'foreign-peer',
    'foreign-sender',
    'host-unreachable',
    'internal-error',
    'invalid-request',
    'library-in-use',
    'model-not-trainable',
    'not-json',
    'not-signed-in',
    'port-taken',
    'renderer-file-type',
    'renderer-not-built',
    'token-refused',
    'too-many-subscriptions',
    'unknown-address',
    'unknown-file-handle',
    'unknown-operation',
    'unknown-task',
    'upload-refused',
  ];
  expect(own.filter((code) => !known.has(code))).toEqual([]);
});
