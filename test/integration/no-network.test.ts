import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observer } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import { workFolder, writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';
import { openPage } from './page-client.ts';
import { serveAt } from './serve-harness.ts';
import { recordedCalls, recordedNode } from './socket-record.ts';

/** That nothing leaves the machine, proved from outside the program: every socket call of the host, the command line and their engines. */

const work = workFolder();
const command = fileURLToPath(new URL('../../main/hosts/cli/safedpo.js', import.meta.url));
const host = fileURLToPath(new URL('serve-process.ts', import.meta.url));
const allowed = join(work.path, 'allowed');
const [model, data] = [join(allowed, 'model'), join(allowed, 'pairs.jsonl')];

beforeAll(async () => {
  mkdirSync(allowed);
  await writeRandomModel(model);
  writePkuRows(data, 60);
});
afterAll(() => work.remove());

function startRecorded(record: string, args: readonly string[]): ChildProcess {
  const { executable, args: all, env } = recordedNode(record, args);
  return spawn(executable, all, { env: { ...env, SAFEDPO_LIBRARY: join(work.path, 'command-line') }, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function runRecorded(record: string, args: readonly string[]): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const child = startRecorded(record, args);
  child.stdin?.end();
  const [stderr] = await Promise.all([child.stderr === null ? '' : text(child.stderr), child.stdout === null ? '' : text(child.stdout), once(child, 'close')]);
  return { code: child.exitCode, stderr };
}

test('the record sees a connection, also one of a child', async () => {
  const record = join(work.path, 'control.txt');
  const connects = "require('net').connect(9, '127.0.0.1').on('error', () => {})";
  await runRecorded(record, ['-e', `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(connects)}])`]);
  expect(recordedCalls(record).join('\n')).toMatch(/^connect .*9/);
});

test('align, from files to an exported model: no socket at all', async () => {
  const record = join(work.path, 'align.txt');
  const small = ['--epochs', '1', '--max-length', '32', '--lora-rank', '2', '--threads', '1', '--delta', '2', '--provider', 'cpu', '--max-new-tokens', '8'];
  const { code, stderr } = await runRecorded(record, [command, 'align', '--model', model, '--data', data, '--out', join(work.path, 'aligned'), ...small]);
  expect(code, stderr).toBe(0);
  expect(recordedCalls(record)).toEqual([]);
}, 120_000);

test('the app in a browser, from a model to an exported model: its own listener on this machine, and nothing else', async () => {
  const record = join(work.path, 'serve.txt');
  const child = startRecorded(record, [host, work.path]);
  const [url] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const serve = serveAt(String(url));
  const { client, cookie, hangUp } = await openPage(serve);
  const until = <Event extends { readonly state: string; readonly error: unknown }>(subscribe: (observer: Observer<Event>) => Unsubscribe): Promise<Event> =>
    new Promise((resolve, reject) => void subscribe({ next: (event) => (['done', 'failed', 'stopped'].includes(event.state) ? resolve(event) : undefined), error: reject }));
  const done = { state: 'done', error: null };

  const projectId = (await client.projects.create({ name: 'Offline' })).id;
  const [root] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: root?.handle ?? '' });
  await client.models.choose({ projectId, folder: entries.find(({ name }) => name === 'model')?.handle ?? '' });
  const headers = { origin: serve.origin, cookie, 'content-type': 'application/octet-stream', 'x-file-name': 'more.jsonl' };
  const file = unwrap<PickedFile>(JSON.parse((await serve.ask({ path: '/upload', headers, body: readFileSync(data) })).text));
  const { taskId } = await client.datasets.import({ projectId, file: file.handle, format: null, mapping: null });
  expect(await until((observer) => client.datasets.importProgress({ taskId }, observer))).toMatchObject(done);
  const settings = { ...(await client.hyperparameters.current({ projectId })), template: 'plain' as const, maxLength: 32, epochs: 1, threads: 1, checkpointEverySteps: 4 };
  const { id: runId } = await client.runs.start({ projectId, name: null, settings });
  expect(await until((observer) => client.runs.progressFeed({ runId }, observer))).toMatchObject(done);
  const evaluation = await client.evaluation.start({ runId, settings: { pairs: 4, prompts: 2, maxNewTokens: 4, temperature: 0, seed: 1 }, promptFile: null });
  expect(await until((observer) => client.evaluation.progressFeed({ taskId: evaluation.id }, observer))).toMatchObject(done);
  const written = await client.exports.start({ runId, format: 'safetensors', dtype: null, into: null, folderName: 'offline' });
  expect(await until((observer) => client.exports.progressFeed({ taskId: written.id }, observer))).toMatchObject(done);

  hangUp();
  child.stdin?.end();
  await once(child, 'close');
  expect(recordedCalls(record)).toEqual([expect.stringMatching(/^bind 127\.0\.0\.1:\d+$/)]);
}, 180_000);
