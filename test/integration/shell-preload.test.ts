import { readFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from 'vite';
import { preloadBuild } from '../../preload/build.ts';
import type { Bridge } from '../../preload/contract/bridge-transport.ts';

/** The preload as it is shipped, run as a sandboxed preload is: one CJS file that may require nothing but electron. */

const folder = mkdtempSync(join(tmpdir(), 'safedpo-preload-'));
const sent: unknown[][] = [];
const listeners = new Map<string, (event: unknown, message: unknown) => void>();
const exposed = new Map<string, Bridge>();
const required: string[] = [];

const fakeElectron = {
  contextBridge: { exposeInMainWorld: (key: string, api: Bridge) => exposed.set(key, api) },
  ipcRenderer: {
    invoke: async (...args: unknown[]) => {
      sent.push(structuredClone(args));
      return { value: null };
    },
    send: (...args: unknown[]) => void sent.push(structuredClone(args)),
    on: (channel: string, listener: (event: unknown, message: unknown) => void) => listeners.set(channel, listener),
    off: (channel: string) => listeners.delete(channel),
  },
  webUtils: { getPathForFile: (file: File) => `/home/person/${file.name}` },
};

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: true, outDir: folder, emptyOutDir: false, rolldownOptions: { ...preloadBuild } },
  });
  const require = (name: string): unknown => {
    required.push(name);
    return name === 'electron' ? fakeElectron : undefined;
  };
  runInNewContext(readFileSync(join(folder, 'electron.cjs'), 'utf8'), {
    require,
    module: { exports: {} },
    exports: {},
    File,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bridge(): Bridge {
  const api = exposed.get('safedpo');
  if (api === undefined) throw new Error('nothing was exposed');
  return api;
}

test('it is one file that requires electron alone', () => {
  expect(readdirSync(folder)).toEqual(['electron.cjs']);
  expect(required).toEqual(['electron']);
});

test('it exposes four functions under one name, and nothing of Electron', () => {
  expect([...exposed.keys()]).toEqual(['safedpo']);
  expect(Object.entries(bridge()).map(([key, value]) => `${key}: ${typeof value}`)).toEqual([
    'call: function',
    'send: function',
    'listen: function',
    'dropFile: function',
  ]);
});

test('calls and frames go out on the fixed channels as plain values', async () => {
  await bridge().call('runs.start', { projectId: 1 });
  bridge().send({ unsubscribe: 1 });
  expect(sent).toEqual([
    ['safedpo:call', 'runs.start', { projectId: 1 }],
    ['safedpo:client-frame', { unsubscribe: 1 }],
  ]);
});

test('a listener gets the message without the event, and can be taken away', () => {
  const heard: unknown[][] = [];
  const stop = bridge().listen((...args) => heard.push(args));
  listeners.get('safedpo:host-frame')?.({ sender: 'ipcRenderer' }, { subscription: 1, events: [] });
  stop();
  expect(heard).toEqual([[{ subscription: 1, events: [] }]]);
  expect(listeners.size).toBe(0);
});

test('of a dropped file the page learns nothing; its path goes to the main process', async () => {
  sent.length = 0;
  const reply = await bridge().dropFile(new File([], 'pairs.jsonl'));
  await bridge().dropFile({ path: '/etc/passwd' });
  expect(sent).toEqual([
    ['safedpo:drop', '/home/person/pairs.jsonl'],
    ['safedpo:drop', ''],
  ]);
  expect(JSON.stringify(reply)).not.toContain('/home');
});
