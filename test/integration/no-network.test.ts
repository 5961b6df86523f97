import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playSession } from '../offline/app-session.ts';
import { watchedFolders, writtenOutside } from '../offline/folders.ts';
import { hasStrace, readTrace, traced, type Trace } from '../offline/trace.ts';
import { workFolder, writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';
import { openPage } from './page-client.ts';
import { serveAt } from './serve-harness.ts';

/**
 * That nothing leaves the machine and no file appears outside the library and the chosen folders, seen from outside the
 * program. `npm run test:offline` is the long form. ONNX Runtime's telemetry writes its files at once and looks up its
 * first address after 11 s.
 */

if (!hasStrace)
  console.warn(
    'SKIPPED in part: strace is not installed or not allowed here, so sockets and lookups are not watched ' +
      '(apt install strace). Files are.',
  );

const work = workFolder();
const root = realpathSync(work.path);
const command = fileURLToPath(new URL('../../main/hosts/cli/safedpo.js', import.meta.url));
const host = fileURLToPath(new URL('serve-process.ts', import.meta.url));
const allowed = join(root, 'allowed');
const [model, few, many] = [join(allowed, 'model'), join(allowed, 'few.jsonl'), join(allowed, 'many.jsonl')];
const watched = watchedFolders(root);

beforeAll(async () => {
  mkdirSync(allowed);
  await writeRandomModel(model);
  writePkuRows(few, 60);
  writePkuRows(many, 3000);
});
afterAll(() => work.remove());

function start(record: string, args: readonly string[]): ChildProcess {
  const { ORT_DISABLE_TELEMETRY: _, ...inherited } = process.env;
  const environment = { ...inherited, ...watched.environment, SAFEDPO_LIBRARY: join(root, 'command-line') };
  const { executable, args: all } = hasStrace ? traced(record, args) : { executable: process.execPath, args };
  return spawn(executable, all, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function run(
  record: string,
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const child = start(record, args);
  child.stdin?.end();
  const [stderr] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    child.stdout === null ? '' : text(child.stdout),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stderr };
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const seen = (record: string): Promise<Trace> =>
  hasStrace ? readTrace(record) : Promise.resolve({ network: [], lookups: [], written: [] });

test.skipIf(!hasStrace)(
  'a lookup by the C library, a connection and a file that a grandchild makes are seen',
  async () => {
    const record = join(root, 'control.txt');
    const planted = join(root, 'planted');
    const does =
      `require('dns').lookup('planted.invalid', () => {}); require('net').connect(9, ` +
      `'127.0.0.1').on('error', ` +
      `() => {}); require('fs').writeFileSync(${JSON.stringify(planted)}, '')`;
    await run(record, ['-e', `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(does)}])`]);
    const { network, lookups, written } = await readTrace(record);
    expect(lookups).toContain('/etc/hosts');
    expect(network).toContain('connect 127.0.0.1:9');
    expect(writtenOutside({ written }, [allowed])).toEqual([planted]);
  },
);

test(
  'align, from files to an exported model: no socket, no lookup, no file but its own, and none in the library ' +
    'that others can read',
  async () => {
    const record = join(root, 'align.txt');
    const small = [
      '--epochs',
      '1',
      '--max-length',
      '32',
      '--lora-rank',
      '2',
      '--threads',
      '1',
      '--delta',
      '2',
      '--provider',
      'cpu',
      '--max-new-tokens',
      '8',
    ];
    const { code, stderr } = await run(record, [
      command,
      'align',
      '--model',
      model,
      '--data',
      few,
      '--out',
      join(root, 'aligned'),
      ...small,
    ]);
    expect(code, stderr).toBe(0);
    const trace = await seen(record);
    expect([trace.network, trace.lookups, watched.left()]).toEqual([[], [], []]);
    // A library is its owner's alone; an export gets what any program's files get here, as `allowed` did.
    const open = (folder: string): string[] =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);
    expect(open(join(root, 'command-line'))).toEqual([]);
    expect([modeOf(join(root, 'aligned')), modeOf(join(root, 'aligned/config.json'))]).toEqual([
      modeOf(allowed),
      modeOf(few),
    ]);
    expect(
      writtenOutside(trace, [join(root, 'command-line')]).filter((path) => !path.startsWith(join(root, 'aligned'))),
    ).toEqual([]);
  },
  120_000,
);

test(
  'the app in a browser, with an engine that lives for 16 seconds: its own listener on this machine, and ' +
    'nothing else',
  async () => {
    const record = join(root, 'serve.txt');
    const child = start(record, [host, root]);
    const [url] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
    const { client, upload, hangUp } = await openPage(serveAt(String(url)));
    await playSession(client, { data: many, upload, trainSeconds: 16, settings: { checkpointEverySteps: 10_000 } });
    hangUp();
    child.stdin?.end();
    await once(child, 'close');
    expect(watched.left()).toEqual([]);
    if (!hasStrace) return;
    const trace = await readTrace(record);
    expect([trace.network, trace.lookups]).toEqual([
      ['socket AF_INET', expect.stringMatching(/^bind 127\.0\.0\.1:\d+$/)],
      [],
    ]);
    expect(
      writtenOutside(trace, [
        join(root, 'library'),
        ...['allowed', 'renderer', 'secret.txt'].map((name) => join(root, name)),
      ]),
    ).toEqual([]);
  },
  180_000,
);
