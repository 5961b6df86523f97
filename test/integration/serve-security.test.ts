import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { eventProtocol } from '../../preload/contract/session.ts';
import { openPage } from './page-client.ts';
import { shown, startServe, upgrade, type Answer, type ServeHarness } from './serve-harness.ts';

let serve: ServeHarness;
let session: string;

beforeAll(async () => {
  serve = await startServe();
  session = await serve.signIn();
});
afterAll(async () => {
  await serve.stop();
  expect(serve.bugs, 'none of this was a bug inside the app').toEqual([]);
});

const ownPage = () => ({ origin: serve.origin, 'content-type': 'application/json' });
const codeOf = ({ text }: Answer) =>
  z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(text)).error.code;
const refused = (answer: Answer) => ({ status: answer.status, code: codeOf(answer) });

describe('sign-in', () => {
  test('without a session nothing is answered', async () => {
    const answer = await serve.ask({ path: '/api/app.about', headers: ownPage(), body: '{}' });
    expect(refused(answer)).toEqual({ status: 401, code: 'not-signed-in' });
  });

  test.each([
    ['a made-up secret', () => 'AAAA'],
    ['an empty secret', () => ''],
    ['the token as secret', () => serve.newestToken()],
  ])('%s is not a session', async (_, made) => {
    const answer = await serve.call('app.about', {}, made());
    expect(answer.status).toBe(401);
  });

  test.each([
    ['a wrong token', 'A'.repeat(43)],
    ['an empty token', ''],
    ['a very long token', 'A'.repeat(5_000)],
  ])('%s is refused', async (_, token) => {
    const answer = await serve.ask({ path: '/session', headers: ownPage(), body: JSON.stringify({ token }) });
    expect(refused(answer)).toEqual({ status: 401, code: 'token-refused' });
  });

  test('a token works once, and a new one is announced', async () => {
    const token = serve.newestToken();
    const body = JSON.stringify({ token });
    const first = await serve.ask({ path: '/session', headers: ownPage(), body });
    const second = await serve.ask({ path: '/session', headers: ownPage(), body });
    expect(z.object({ value: z.string().length(43) }).parse(JSON.parse(first.text)).value).not.toBe(session);
    expect(first.headers['set-cookie'], 'a cookie would go to every port of this machine').toBeUndefined();
    expect(refused(second)).toEqual({ status: 401, code: 'token-refused' });
    expect(serve.newestToken()).not.toBe(token);
    expect(token).toHaveLength(43);
  });

  test('a session sent as a cookie is none', async () => {
    const headers = { ...ownPage(), cookie: `safedpo-session-${serve.port}=${session}; x-safedpo-session=${session}` };
    expect(refused(await serve.ask({ path: '/api/app.about', headers, body: '{}' }))).toEqual({
      status: 401,
      code: 'not-signed-in',
    });
  });

  test('failed sign-ins wait, few at a time; a right one never does', async () => {
    const failing = Array.from({ length: 12 }, () =>
      serve.ask({ path: '/session', headers: ownPage(), body: JSON.stringify({ token: 'A'.repeat(43) }) }),
    );
    const order: string[] = [];
    await Promise.all([
      ...failing.map(async (answer) => void order.push(codeOf(await answer))),
      serve.signIn().then(() => order.push('signed in')),
    ]);
    expect(order.filter((code) => code === 'token-refused')).toHaveLength(4);
    expect(order.filter((code) => code === 'too-many-sign-ins')).toHaveLength(8);
    expect(order.indexOf('signed in')).toBeLessThan(order.indexOf('token-refused'));
  });

  test('a token in the query string is worth nothing', async () => {
    const answer = await serve.ask({ path: `/?t=${serve.newestToken()}` });
    expect(answer.status).toBe(404);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('where a request comes from', () => {
  test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', '[::1]'])(
    'Host %j is refused, for files too',
    async (host) => {
      const write = await serve.ask({
        path: '/api/app.about',
        headers: { ...ownPage(), ...shown(session), host },
        body: '{}',
      });
      const read = await serve.ask({ path: '/', headers: { host } });
      expect(refused(write)).toEqual({ status: 403, code: 'foreign-host' });
      expect(refused(read)).toEqual({ status: 403, code: 'foreign-host' });
    },
  );

  test('a page that rebound its name passes a same-origin test, and fails the Host test', async () => {
    const host = `evil.example:${serve.port}`;
    const answer = await serve.ask({
      path: '/api/app.about',
      headers: { ...shown(session), host, origin: `http://${host}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refused(answer)).toEqual({ status: 403, code: 'foreign-host' });
  });

  test.each([
    'http://evil.example',
    'null',
    'http://127.0.0.1',
    'https://127.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://localhost:1',
  ])('Origin %j is refused', async (origin) => {
    const answer = await serve.ask({
      path: '/api/app.about',
      headers: { ...shown(session), origin, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refused(answer)).toEqual({ status: 403, code: 'foreign-origin' });
  });

  test('a write without an Origin is refused', async () => {
    const answer = await serve.ask({
      path: '/api/app.about',
      headers: { ...shown(session), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refused(answer)).toEqual({ status: 403, code: 'foreign-origin' });
  });

  test.each(['cross-site', 'same-site', 'none'])('Sec-Fetch-Site %s is refused', async (site) => {
    const answer = await serve.ask({
      path: '/api/app.about',
      headers: { ...ownPage(), ...shown(session), 'sec-fetch-site': site },
      body: '{}',
    });
    expect(refused(answer)).toEqual({ status: 403, code: 'foreign-origin' });
  });

  test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'a form post (%s) from another site is refused, and from our own page is not JSON',
    async (type) => {
      const foreign = await serve.ask({
        path: '/api/app.about',
        headers: { ...shown(session), origin: 'http://evil.example', 'content-type': type },
        body: '{}',
      });
      const own = await serve.ask({
        path: '/api/app.about',
        headers: { ...shown(session), origin: serve.origin, 'content-type': type },
        body: '{}',
      });
      expect(refused(foreign)).toEqual({ status: 403, code: 'foreign-origin' });
      expect(refused(own)).toEqual({ status: 415, code: 'not-json' });
    },
  );

  test('a preflight gets no permission', async () => {
    const answer = await serve.ask({
      method: 'OPTIONS',
      path: '/api/app.about',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('only the loopback address is bound', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((address) => address.family === 'IPv4' && !address.internal);
    if (outside === undefined) return expect(networkInterfaces()).toHaveProperty('lo');
    const outcome = await new Promise((resolve) => {
      const socket = connect(serve.port, outside.address, () => resolve('connected'));
      socket.on('error', () => resolve('refused'));
    });
    expect(outcome).toBe('refused');
  });
});

test('idle connections of strangers keep nobody out, and are closed before those of signed-in pages', async () => {
  const page = await openPage(serve);
  const idle = Array.from({ length: 300 }, () => connect(serve.port, '127.0.0.1').on('error', () => {}));
  try {
    await Promise.all(idle.map((socket) => new Promise((resolve) => void socket.once('connect', resolve))));
    expect((await serve.ask({ path: '/' })).status).toBe(200);
    expect((await serve.call('app.about', {}, await serve.signIn())).status).toBe(200);
    let lost = false;
    await new Promise<void>((resolve) =>
      page.client.runs.activityFeed({}, { next: () => resolve(), error: () => void (lost = true) }),
    );
    expect(lost).toBe(false);
  } finally {
    idle.forEach((socket) => socket.destroy());
    page.hangUp();
  }
});

describe('WebSocket', () => {
  const own = () => ({
    Host: `127.0.0.1:${serve.port}`,
    Origin: serve.origin,
    'Sec-WebSocket-Protocol': `${eventProtocol}, ${session}`,
  });

  test('our own page is let in', async () => {
    expect(await upgrade(serve.port, '/events', own())).toBe('HTTP/1.1 101 Switching Protocols');
  });

  test.each([
    ['a foreign Origin', { Origin: 'http://evil.example' }, 403],
    ['a foreign Host', { Host: 'evil.example' }, 403],
    ['another port as Origin', { Origin: 'http://127.0.0.1:1' }, 403],
    ['a wrong session', { 'Sec-WebSocket-Protocol': `${eventProtocol}, AAAA` }, 401],
    ['no session', { 'Sec-WebSocket-Protocol': eventProtocol }, 401],
    ['the session in a cookie', { 'Sec-WebSocket-Protocol': eventProtocol, Cookie: 'safedpo-session=AAAA' }, 401],
    ['a cross-site fetch', { 'Sec-Fetch-Site': 'cross-site' }, 403],
  ])('%s is refused', async (_, headers, status) => {
    expect(await upgrade(serve.port, '/events', { ...own(), ...headers })).toBe(`HTTP/1.1 ${status} Refused`);
  });

  test('without an Origin or at another address it is refused', async () => {
    const { Origin: _, ...withoutOrigin } = own();
    expect(await upgrade(serve.port, '/events', withoutOrigin)).toBe('HTTP/1.1 403 Refused');
    expect(await upgrade(serve.port, '/other', own())).toBe('HTTP/1.1 404 Refused');
  });
});

describe('what may be asked', () => {
  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/%00',
    '//etc/passwd',
    '/etc/passwd',
    '/assets',
    '/index.html/',
    '/assets\\main.js',
    '/__proto__',
  ])('%s is not a file of ours', async (path) => {
    const answer = await serve.ask({ path });
    expect(refused(answer)).toEqual({ status: 404, code: 'unknown-address' });
  });

  test.each([
    'app.nothing',
    'app.constructor',
    '__proto__.list',
    'app',
    'app.about.x',
    '../session',
    'runs.metricsFeed',
    'app%2eabout',
    '',
  ])('operation %j is unknown', async (name) => {
    const answer = await serve.call(name, {}, session);
    expect(refused(answer)).toEqual({ status: 404, code: 'unknown-operation' });
  });

  test.each(['files.choose', 'exports.openFolder'])('%s needs the desktop', async (name) => {
    const answer = await serve.call(name, { purpose: 'model-folder' }, session);
    expect(refused(answer)).toEqual({ status: 403, code: 'desktop-only' });
  });

  test.each([
    ['an extra field', 'projects.create', { name: 'x', path: '/etc' }],
    ['a missing field', 'projects.create', {}],
    ['a wrong type', 'projects.create', { name: 1 }],
    ['a too long name', 'projects.create', { name: 'x'.repeat(121) }],
    ['a path in place of a handle', 'models.inspect', { folder: '/etc' }],
    ['no object', 'app.about', []],
    ['null', 'app.about', null],
  ])('%s is refused with the field', async (_, operation, input) => {
    const answer = await serve.call(operation, input, session);
    expect(refused(answer)).toEqual({ status: 422, code: 'invalid-request' });
  });

  test('a prototype in the body stays text', async () => {
    const headers = { ...ownPage(), ...shown(session) };
    const answer = await serve.ask({ path: '/api/app.about', headers, body: '{"__proto__":{"polluted":true}}' });
    expect(answer.status).toBe(422);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('text that is not JSON is refused', async () => {
    const answer = await serve.ask({
      path: '/api/app.about',
      headers: { ...ownPage(), ...shown(session) },
      body: '{"',
    });
    expect(refused(answer)).toEqual({ status: 415, code: 'not-json' });
  });

  test.each(['announced', 'streamed'])('a body over the limit is refused (%s)', async (how) => {
    const body = Buffer.alloc(1024 * 1024 + 1, ' ');
    const size = how === 'announced' ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
    // The server may hang up while the rest is still on its way.
    const outcome = await serve
      .ask({ path: '/api/app.about', headers: { ...ownPage(), ...shown(session), ...size }, body })
      .then(refused, (error: NodeJS.ErrnoException) => error.code);
    expect([{ status: 413, code: 'body-too-large' }, 'ECONNRESET', 'EPIPE']).toContainEqual(outcome);
  });

  test('methods other than GET, HEAD and POST are refused', async () => {
    const answer = await serve.ask({
      method: 'PUT',
      path: '/api/app.about',
      headers: { ...ownPage(), ...shown(session) },
      body: '{}',
    });
    expect(answer.status).toBe(405);
  });

  test('every answer carries the security headers', async () => {
    const answers = [
      await serve.ask({ path: '/' }),
      await serve.ask({ path: '/none' }),
      await serve.call('app.about', {}, session),
    ];
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
    }
  });
});

describe('choosing files', () => {
  const listing = z.object({
    value: z.object({ parent: z.unknown(), entries: z.array(z.object({ handle: z.string(), name: z.string() })) }),
  });
  const rootsReply = z.object({ value: z.array(z.object({ handle: z.string(), name: z.string() })) });

  test('a link out of the allowed folder is not offered, and there is no way up', async () => {
    mkdirSync(join(serve.allowed, 'models'), { recursive: true });
    writeFileSync(join(serve.allowed, 'pairs.jsonl'), '{}');
    symlinkSync(serve.root, join(serve.allowed, 'way-out'));
    symlinkSync(join(serve.root, 'secret.txt'), join(serve.allowed, 'secret.jsonl'));
    const roots = rootsReply.parse(JSON.parse((await serve.call('files.roots', {}, session)).text)).value;
    const { value } = listing.parse(
      JSON.parse((await serve.call('files.list', { folder: roots[0]?.handle }, session)).text),
    );
    expect(value.parent).toBeNull();
    const names = value.entries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['models', 'pairs.jsonl']));
    expect(names.filter((name) => ['way-out', 'secret.jsonl'].includes(name))).toEqual([]);
  });

  test('what was picked is looked at again when it is used: a link that leads out by then is refused', async () => {
    const file = join(serve.allowed, 'swapped.jsonl');
    const folder = join(serve.allowed, 'swapped');
    writeFileSync(file, '{}');
    mkdirSync(folder);
    const roots = rootsReply.parse(JSON.parse((await serve.call('files.roots', {}, session)).text)).value;
    const { value } = listing.parse(
      JSON.parse((await serve.call('files.list', { folder: roots[0]?.handle }, session)).text),
    );
    const handleOf = (name: string) => value.entries.find((entry) => entry.name === name)?.handle;
    for (const path of [file, folder]) rmSync(path, { recursive: true });
    symlinkSync(join(serve.root, 'secret.txt'), file);
    symlinkSync(serve.root, folder);
    const answers = [
      await serve.call('datasets.preview', { file: handleOf('swapped.jsonl'), format: null, mapping: null }, session),
      await serve.call('files.list', { folder: handleOf('swapped') }, session),
      await serve.call('models.inspect', { folder: handleOf('swapped') }, session),
      await serve.call('library.target', { folder: handleOf('swapped') }, session),
    ];
    expect(answers.map(codeOf)).toEqual(Array(4).fill('folder-not-allowed'));
    rmSync(folder);
    rmSync(file);
  });

  test('a library is not made through a link that leads out of the allowed folders', async () => {
    const [outside, holder] = [join(serve.root, 'outside'), join(serve.allowed, 'holder')];
    mkdirSync(outside);
    mkdirSync(holder);
    writeFileSync(join(holder, 'notes.txt'), '');
    symlinkSync(outside, join(holder, 'SafeDPO Studio'));
    const roots = rootsReply.parse(JSON.parse((await serve.call('files.roots', {}, session)).text)).value;
    const { value } = listing.parse(
      JSON.parse((await serve.call('files.list', { folder: roots[0]?.handle }, session)).text),
    );
    const folder = value.entries.find(({ name }) => name === 'holder')?.handle;
    expect(codeOf(await serve.call('library.target', { folder }, session))).toBe('folder-not-allowed');
    expect(codeOf(await serve.call('library.open', { folder }, session))).toBe('folder-not-allowed');
    expect(readdirSync(outside)).toEqual([]);
  });

  test('shortcuts that no keyboard has are not stored', async () => {
    const settings = z
      .object({ value: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse((await serve.call('app.settings', {}, session)).text)).value;
    const shortcuts = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`action-${index}`, ['a']]));
    expect(codeOf(await serve.call('app.saveSettings', { ...settings, shortcuts }, session))).toBe('invalid-request');
  });

  test('a handle that was not given out is refused', async () => {
    const answer = await serve.call('files.list', { folder: 'A'.repeat(22) }, session);
    expect(codeOf(answer)).toBe('unknown-file-handle');
  });

  test('an upload becomes a handle; its name cannot leave the folder', async () => {
    const headers = (name: string) => ({
      origin: serve.origin,
      ...shown(session),
      'content-type': 'application/octet-stream',
      'x-file-name': encodeURIComponent(name),
    });
    const picked = z.object({ value: z.object({ name: z.string(), location: z.string(), sizeBytes: z.number() }) });
    const upload = async (name: string) =>
      serve.ask({ path: '/upload', headers: headers(name), body: '{"prompt":"x"}\n' });
    const { value } = picked.parse(JSON.parse((await upload('../../evil.jsonl')).text));
    expect(value).toMatchObject({ name: 'evil.jsonl', sizeBytes: 15 });
    expect(value.location.startsWith(join(serve.root, 'library', 'uploads'))).toBe(true);
    expect(codeOf(await upload('..'))).toBe('upload-refused');
    expect(codeOf(await upload('a\u0000b'))).toBe('upload-refused');
  });

  test('an upload that is broken off leaves nothing behind', async () => {
    const headers = {
      origin: serve.origin,
      ...shown(session),
      'content-type': 'application/octet-stream',
      'x-file-name': 'half.jsonl',
      'content-length': 1_000_000,
    };
    const folder = join(serve.root, 'library', 'uploads');
    const before = readdirSync(folder);
    const sent = request({ host: '127.0.0.1', port: serve.port, path: '/upload', method: 'POST', headers });
    sent.on('error', () => {});
    sent.write('half');
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(before.length + 1));
    sent.destroy();
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual(before));
  });

  test('an upload from elsewhere is refused', async () => {
    const headers = {
      origin: 'http://evil.example',
      ...shown(session),
      'content-type': 'application/octet-stream',
      'x-file-name': 'x',
    };
    expect((await serve.ask({ path: '/upload', headers, body: 'x' })).status).toBe(403);
  });
});
