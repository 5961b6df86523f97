import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readAssets } from '../../main/hosts/assets.ts';
import { buildMissingRenderer } from '../../main/hosts/missing-renderer.ts';
import { serveApp } from '../../main/hosts/http/serve.ts';
import { lineOf, start, workFolder } from './cli-harness.ts';
import { openPage } from './page-client.ts';
import { ask, serveAt, startServe } from './serve-harness.ts';
import { writeTinyModel } from './tiny-model.ts';

/** `safedpo serve` and `npm start` as processes: how they begin, refuse and end. */

const work = workFolder();
const library = join(work.path, 'library');
const allowed = join(work.path, 'allowed');
const running: ChildProcess[] = [];

beforeAll(() => mkdirSync(allowed));
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
afterAll(() => work.remove());

async function serve(...options: readonly string[]) {
  const { child, ended } = start(library, ['serve', '--json', '--allow', allowed, ...options]);
  running.push(child);
  const { url } = z.object({ url: z.string() }).parse(await lineOf(child, ({ event }) => event === 'listening'));
  return { child, ended, url, port: Number(new URL(url).port) };
}
const codeOf = (document: unknown): string =>
  z.object({ error: z.object({ code: z.string() }) }).parse(document).error.code;

test('a fresh checkout builds the interface once, and says so; later starts find it', async () => {
  const [appFolder, renderer] = [fileURLToPath(new URL('../..', import.meta.url)), join(work.path, 'renderer')];
  const told: string[] = [];
  for (const _ of ['fresh', 'later']) await buildMissingRenderer(appFolder, renderer, (line) => told.push(line));
  expect(told).toEqual(['The interface has not been built yet: building it now, once.']);
  expect(readAssets(renderer).get('/')?.mediaType).toContain('text/html');
}, 120_000);

test('a second one on the same library is refused and names the first', async () => {
  const first = await startServe();
  await expect(startServe([], first.root)).rejects.toMatchObject({
    code: 'library-in-use',
    details: { pid: process.pid },
  });
  await first.end();
  const second = await startServe([], first.root);
  await second.stop();
});

test('a port in use and a folder that is not there are refused, and leave the library free', async () => {
  const first = await startServe();
  const other = join(work.path, 'other');
  const options = {
    libraryFolder: other,
    choice: { namedAtStart: true, remember: () => {} },
    rendererFolder: join(first.root, 'renderer'),
    appFolder: process.cwd(),
    port: 0,
    allow: [allowed],
    announce: () => {},
    report: () => {},
  };
  await expect(serveApp({ ...options, port: first.port })).rejects.toMatchObject({
    code: 'port-taken',
    details: { port: first.port },
  });
  await expect(serveApp({ ...options, allow: [join(work.path, 'nowhere')] })).rejects.toMatchObject({
    code: 'folder-unreadable',
  });
  await (await serveApp(options)).close();
  await first.stop();
});

test('after a kill the library is free, the old session is void, and the page says what to do', async () => {
  const first = await serve();
  const session = await serveAt(first.url).signIn();
  first.child.kill('SIGKILL');
  await first.ended;
  const second = await serve('--port', String(first.port));
  const answer = await serveAt(second.url).call('app.about', {}, session);
  expect([answer.status, codeOf(JSON.parse(answer.text))]).toEqual([401, 'not-signed-in']);
  const again = await ask(second.port, {
    path: '/session',
    headers: { origin: `http://127.0.0.1:${second.port}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token: first.url.split('#t=')[1] }),
  });
  expect([again.status, codeOf(JSON.parse(again.text))]).toEqual([401, 'token-refused']);
}, 60_000);

test('Ctrl-C ends it well, also when npm passes it on twice', async () => {
  const { child, ended } = await serve();
  child.kill('SIGINT');
  await delay(30);
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(existsSync(join(library, 'library.sqlite-wal')), 'the library was written back').toBe(false);
}, 60_000);

test('it goes on when the readers of its output are gone, as `| head -1` leaves it', async () => {
  const { child, ended, url } = await serve();
  ended.catch(() => undefined);
  child.stdout?.destroy();
  child.stderr?.destroy();
  const host = serveAt(url);
  const session = await host.signIn();
  // Signing in prints a new address, which nobody reads.
  await delay(200);
  expect((await host.call('app.about', {}, session)).status).toBe(200);
}, 60_000);

test('Ctrl-C ends it while a model folder keeps what reads it', async () => {
  const folder = join(allowed, 'looping');
  mkdirSync(folder);
  await writeTinyModel(folder);
  writeFileSync(
    join(folder, 'chat_template.jinja'),
    '{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}',
  );
  const { child, ended, url } = await serve();
  const { client, hangUp } = await openPage(serveAt(url));
  const [root] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: root?.handle ?? '' });
  const folderHandle = entries.find(({ name }) => name === 'looping')?.handle ?? '';
  const inspecting = client.models.inspect({ folder: folderHandle }).then(
    () => 'inspected',
    () => 'gone',
  );
  await delay(1500);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
  expect(await inspecting).toBe('gone');
  hangUp();
}, 60_000);

test('npm start without a display says why in one line, runs the app in a browser, and ends with Ctrl-C', async () => {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, SSH_CONNECTION: ___, ...env } = process.env;
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../main/hosts/start.ts', import.meta.url))], {
    env: { ...env, SAFEDPO_LIBRARY: library },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += String(piece)));
  while (!output.includes('#t=')) await delay(20);
  const [first = '', second = ''] = output.split('\n');
  if (process.platform === 'linux')
    expect(first).toBe(
      'The desktop window cannot be opened (this machine has no display); the app runs in a browser instead.',
    );
  expect(second).toMatch(/^SafeDPO Studio is at http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43}$/);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
}, 60_000);
