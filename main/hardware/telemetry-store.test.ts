import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findTelemetryStore, removeTelemetryStore, telemetryFolder } from './telemetry-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'safedpo-store-'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  vi.stubEnv('HOME', join(root, 'home'));
  vi.stubEnv('TMPDIR', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test('nothing left behind is nothing found, and nothing to remove', async () => {
  expect(await findTelemetryStore()).toBe(null);
  await removeTelemetryStore();
});

test.skipIf(process.platform === 'win32')(
  'the store and the debug files are told and removed, their neighbours stay',
  async () => {
    const folder = telemetryFolder() ?? '';
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'deviceid'), 'x'.repeat(36));
    writeFileSync(join(folder, 'onnxruntime.db'), 'x'.repeat(100));
    const neighbours = [join(folder, '../other-program'), join(root, 'mat-debug-notes.log')];
    for (const file of [...neighbours, join(root, 'mat-debug-42.log')]) writeFileSync(file, 'x');

    expect(await findTelemetryStore()).toEqual({ folder, bytes: 136, debugLogs: 1 });
    await removeTelemetryStore();
    expect(await findTelemetryStore()).toBe(null);
    expect(neighbours.map((file) => existsSync(file))).toEqual([true, true]);
  },
);

test('each platform has its own folder, as the library has', () => {
  expect(telemetryFolder('linux', {})).toBe(join(root, 'home/.cache/Microsoft/DeveloperTools/.onnxruntime'));
  expect(telemetryFolder('darwin', {})).toBe(
    join(root, 'home/Library/Application Support/Microsoft/DeveloperTools/.onnxruntime'),
  );
  expect(telemetryFolder('win32', {})).toBe(null);
});
