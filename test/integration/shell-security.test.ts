import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startShell } from '../../main/shell/app.ts';
import { answers, app, ipc, record, sessionHandlers, type FakeContents } from './fake-electron.ts';

vi.mock('electron', async () => import('./fake-electron.ts'));

/**
 * Electron's security checklist, item by item, against the started shell:
 * https://www.electronjs.org/docs/latest/tutorial/security
 */

const root = mkdtempSync(join(tmpdir(), 'safedpo-shell-'));
const files = { preload: join(root, 'preload.cjs'), renderer: join(root, 'renderer'), appFolder: process.cwd() };

beforeAll(async () => {
  mkdirSync(files.renderer);
  writeFileSync(join(files.renderer, 'index.html'), '<!doctype html><title>SafeDPO Studio</title>');
  writeFileSync(join(root, 'secret.txt'), 'the secret');
  vi.stubEnv('SAFEDPO_LIBRARY', join(root, 'library'));
  answers.userFolder = root;
  await startShell(files);
});
afterAll(async () => {
  app.emit('will-quit', { preventDefault: () => {} });
  await vi.waitFor(() => expect(record.exitCodes).toEqual([0]));
  rmSync(root, { recursive: true, force: true });
});

const page = () => record.windows[0];
const preferences = () => page()?.options.webPreferences;
/** Whether the page's contents prevented an event about an address. */
function prevented(contents: FakeContents | undefined, event: string, url: string): boolean {
  let result = false;
  contents?.emit(event, { url, preventDefault: () => (result = true) });
  return result;
}
async function load(url: string, method = 'GET'): Promise<Response> {
  const handler = sessionHandlers.protocols.get('app');
  if (handler === undefined) throw new Error('the scheme has no handler');
  return handler(new Request(url, { method }));
}

test('1, 18: the page is loaded from our own scheme, registered before Electron is ready', () => {
  expect(page()?.address).toBe('app://studio/index.html');
  expect(record.schemes).toEqual([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  expect(record.order.indexOf('registerSchemes')).toBeLessThan(record.order.indexOf('ready'));
});

test('2, 3, 4: no Node in the page, isolated context, sandbox', () => {
  expect(preferences()).toMatchObject({
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    contextIsolation: true,
    sandbox: true,
  });
  expect(record.order.indexOf('enableSandbox')).toBeLessThan(record.order.indexOf('ready'));
});

test('5: every permission is denied but copying text', () => {
  const decisions = [
    'clipboard-sanitized-write',
    'media',
    'geolocation',
    'notifications',
    'openExternal',
    'clipboard-read',
    'fullscreen',
  ].map((permission) => {
    let decision: unknown;
    Reflect.apply(sessionHandlers.permissionRequest ?? (() => {}), undefined, [
      {},
      permission,
      (allowed: boolean) => (decision = allowed),
      {},
    ]);
    return [
      decision,
      Reflect.apply(sessionHandlers.permissionCheck ?? (() => null), undefined, [null, permission, '', {}]),
    ];
  });
  expect(decisions.map(String)).toEqual(['true,true', ...Array<string>(6).fill('false,false')]);
  expect(Reflect.apply(sessionHandlers.device ?? (() => true), undefined, [{}])).toBe(false);
});

test('6, 8, 9, 10, 11: web security is on, and no dangerous switch is set', () => {
  expect(preferences()).toMatchObject({
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  });
  expect(preferences()).not.toHaveProperty('enableBlinkFeatures');
});

test('7: the policy comes as a header with every answer', async () => {
  for (const response of [await load('app://studio/index.html'), await load('app://studio/none')]) {
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('12: a webview cannot be attached', () => {
  expect(prevented(page()?.webContents, 'will-attach-webview', '')).toBe(true);
});

test.each([
  ['app://studio/index.html', false],
  ['https://evil.example/', true],
  ['app://studio.evil/', true],
  ['app://evil/', true],
  ['file:///etc/passwd', true],
  ['javascript:alert(1)', true],
  ['data:text/html,x', true],
  ['not an address', true],
])('13: navigation to %s is prevented: %s', (url, expected) => {
  const outcomes = ['will-navigate', 'will-redirect', 'will-frame-navigate'].map((event) =>
    prevented(page()?.webContents, event, url),
  );
  expect(outcomes).toEqual([expected, expected, expected]);
});

test('14: no window is opened', () => {
  expect(page()?.webContents.windowOpenHandler?.({ url: 'app://studio/index.html' })).toEqual({ action: 'deny' });
});

describe('17, 20: what a page may ask over IPC', () => {
  const call = (
    operation: string,
    input: unknown,
    senderFrame: unknown = { url: 'app://studio/index.html', parent: null },
  ) => ipc.invoked.get('safedpo:call')?.({ sender: {}, senderFrame }, operation, input);

  test.each([
    ['no frame', null],
    ['a frame in a frame', { url: 'app://studio/index.html', parent: {} }],
    ['another origin', { url: 'https://studio/index.html', parent: null }],
    ['a longer host', { url: 'app://studio.evil/index.html', parent: null }],
    ['a blank page', { url: 'about:blank', parent: null }],
  ])('17: %s is not answered', async (_, frame) => {
    expect(await call('app.about', {}, frame)).toMatchObject({ error: { code: 'foreign-sender' } });
    expect(await ipc.invoked.get('safedpo:drop')?.({ sender: {}, senderFrame: frame }, '/etc/passwd')).toMatchObject({
      error: { code: 'foreign-sender' },
    });
  });

  test("17: our own page is answered, with the contract's schema", async () => {
    expect(await call('app.about', {})).toMatchObject({ value: { host: 'electron' } });
    expect(await call('app.about', { extra: 1 })).toMatchObject({ error: { code: 'invalid-request' } });
    expect(await call('app.nothing', {})).toMatchObject({ error: { code: 'unknown-operation' } });
  });

  test('20: there are three channels in, and no other', () => {
    expect([...ipc.invoked.keys(), ...ipc.heard.keys()]).toEqual([
      'safedpo:call',
      'safedpo:drop',
      'safedpo:client-frame',
    ]);
  });
});

test.each([
  'app://studio/../secret.txt',
  'app://studio/..%2fsecret.txt',
  'app://studio/%2e%2e/secret.txt',
  'app://studio//etc/passwd',
  'app://other/index.html',
])('18: %s leads nowhere', async (url) => {
  expect((await load(url)).status).toBe(404);
});

test('18: only GET is answered', async () => {
  expect((await load('app://studio/index.html', 'POST')).status).toBe(404);
  expect(await (await load('app://studio/index.html')).text()).toContain('SafeDPO Studio');
});

test('no request leaves the app', () => {
  const cancelled = [
    'app://studio/assets/x.js',
    'blob:app://studio/1',
    'https://example.org',
    'http://127.0.0.1:1',
    'ws://127.0.0.1:1',
    'file:///etc/passwd',
    'app://other/',
  ].map((url) => {
    let cancel: boolean | undefined;
    sessionHandlers.request?.({ url }, (answer) => (cancel = answer.cancel));
    return cancel;
  });
  expect(cancelled).toEqual([false, false, true, true, true, true, true]);
});

test('no spelling dictionary is fetched: the session has no language', () => {
  expect(sessionHandlers.spellCheckerLanguages).toEqual([]);
});

test(
  'WebRTC, which request handlers do not see, reaches nothing: no UDP but through a proxy, and a proxy that ' +
    'is not there, also for this machine',
  () => {
    expect(page()?.webContents.webRtcPolicy).toBe('disable_non_proxied_udp');
    expect(sessionHandlers.proxy).toEqual({
      mode: 'fixed_servers',
      proxyRules: 'socks5://127.0.0.1:1',
      proxyBypassRules: '<-loopback>',
    });
  },
);

test('crash reports stay on this machine', () => {
  expect(record.crashReporter).toMatchObject({ uploadToServer: false });
  expect(record.crashReporter).not.toHaveProperty('submitURL');
});
