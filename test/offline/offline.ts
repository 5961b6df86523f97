import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writePkuRows } from '../integration/cli-harness.ts';
import { writeRandomModel } from '../integration/engine-run.ts';
import { openPage } from '../integration/page-client.ts';
import { serveAt } from '../integration/serve-harness.ts';
import { softwareGpu } from '../integration/software-gpu.ts';
import { playSession } from './app-session.ts';
import { watchedFolders, writtenOutside } from './folders.ts';
import { enterNamespace } from './namespace.ts';
import { hasStrace, readTrace, traced } from './trace.ts';

/**
 * The long proof that nothing leaves the machine: `npm run test:offline`. On each provider here, an align and an app
 * session whose engines live for more than two minutes, ten minutes of the app, and `doctor`, all under strace, where
 * possible in a network namespace without a network. Ends with 1 when anything was seen. Repeat it for every new
 * version of a native dependency. Parts can be named: `npm run test:offline -- doctor align-cpu app-cpu`.
 */

if (!hasStrace) throw new Error('strace is needed (Linux; apt install strace).');
const namespace = enterNamespace();
const [trainSeconds, sessionSeconds, measuredRows] = [150, 600, 60];
const root = realpathSync(mkdtempSync(join(tmpdir(), 'safedpo-offline-')));
const command = fileURLToPath(new URL('../../main/hosts/cli/safedpo.js', import.meta.url));
const host = fileURLToPath(new URL('../integration/serve-process.ts', import.meta.url));
const watched = watchedFolders(root);
const inputs = join(root, 'inputs');
const faults: string[] = [];
const named = process.argv.slice(2);
const wants = (part: string): boolean => named.length === 0 || named.includes(part);

function start(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const { ORT_DISABLE_TELEMETRY: _, ...inherited } = process.env;
  const { executable, args: all } = traced(join(root, `${name}.trace`), args);
  return spawn(executable, all, {
    env: {
      ...inherited,
      ...softwareGpu,
      ...watched.environment,
      SAFEDPO_LIBRARY: join(root, name, 'library'),
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function run(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = start(name, args, environment);
  child.stdin?.end();
  const [said, stderr] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close'),
  ]);
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}: ${stderr}`);
  return said;
}

/** How long the engine of the only run in a library lived, from the first line of its log to its last sign of life. */
function engineSeconds(library: string): number {
  const folder = join(library, 'runs', readdirSync(join(library, 'runs'))[0] ?? '');
  const [, started = ''] = /^engine started at (\S+)/.exec(readFileSync(join(folder, 'engine.log'), 'utf8')) ?? [];
  return (statSync(join(folder, 'status.json')).mtimeMs - Date.parse(started)) / 1000;
}

/** Says what was seen, and keeps what must not be. */
async function judge(name: string, expected: readonly RegExp[], note: string): Promise<void> {
  const trace = await readTrace(join(root, `${name}.trace`));
  const foreign = trace.network.filter((call) => !expected.some((pattern) => pattern.test(call)));
  const outside = [...writtenOutside(trace, [join(root, name)]), ...watched.left()];
  console.log(
    `${name}: ${note}; sockets ${JSON.stringify(trace.network)}, look-ups ${trace.lookups.length}, files ` +
      `written ${trace.written.length}, outside its folder ${outside.length}`,
  );
  const written = trace.written.map((path) =>
    path.replace(root, '').replace(/[0-9a-f]{12,}|\d{8}-\d{6}-\w+|#?\d+/g, '*'),
  );
  console.log(`  ${[...new Set(written)].toSorted().join('\n  ')}`);
  for (const fault of [...foreign, ...trace.lookups, ...outside]) faults.push(`${name}: ${fault}`);
}

async function align(provider: string): Promise<void> {
  const options = (epochs: number, name: string, data = 'pairs.jsonl'): string[] => [
    command,
    'align',
    '--model',
    join(inputs, 'model'),
    '--data',
    join(inputs, data),
    '--out',
    join(root, name, 'aligned'),
    '--epochs',
    String(epochs),
    '--max-length',
    '32',
    '--lora-rank',
    '2',
    '--threads',
    '1',
    '--batch-size',
    '1',
    '--accumulate',
    '1',
    '--provider',
    provider,
    '--max-new-tokens',
    '8',
  ];
  const measured = async (epochs: number): Promise<number> => {
    const name = `measure-${provider}-${epochs}`;
    await run(name, options(epochs, name));
    return engineSeconds(join(root, name, 'library'));
  };
  // What an epoch takes without the start of the engine, which is much longer.
  const [short, long] = [2, 22];
  const epochSeconds = (-(await measured(short)) + (await measured(long))) / (long - short);
  // No run has more than 100 epochs, so the rows grow.
  const epochs = 50;
  const rows = Math.ceil((measuredRows * 1.5 * trainSeconds) / (epochs * Math.max(0.001, epochSeconds)));
  writePkuRows(join(inputs, `rows-${provider}.jsonl`), Math.max(measuredRows, rows));
  await run(`align-${provider}`, options(epochs, `align-${provider}`, `rows-${provider}.jsonl`));
  const seconds = engineSeconds(join(root, `align-${provider}`, 'library'));
  if (seconds < 120) faults.push(`align-${provider}: its engine lived for ${seconds} s only, so nothing is proved`);
  await judge(`align-${provider}`, [], `the engine that trained lived for ${seconds.toFixed(0)} s`);
}

async function session(provider: 'cpu' | 'webgpu'): Promise<void> {
  const name = `app-${provider}`;
  const began = Date.now();
  const child = start(name, [host, join(root, name)]);
  const [url] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const { client, upload, hangUp } = await openPage(serveAt(String(url)));
  await playSession(client, {
    data: join(inputs, `many-${provider}.jsonl`),
    upload,
    trainSeconds,
    settings: { provider, checkpointEverySteps: 10_000 },
  });
  await wait(Math.max(0, began + sessionSeconds * 1000 - Date.now()));
  await client.projects.list({ trashed: false });
  hangUp();
  child.stdin?.end();
  await once(child, 'close');
  await judge(
    name,
    [/^socket AF_INET$/, /^bind 127\.0\.0\.1:/],
    `${((Date.now() - began) / 1000).toFixed(0)} s, the engine that trained ` +
      `${engineSeconds(join(root, name, 'library')).toFixed(0)} s`,
  );
}

try {
  mkdirSync(inputs);
  await writeRandomModel(join(inputs, 'model'));
  writePkuRows(join(inputs, 'pairs.jsonl'), measuredRows);
  // As many as outlast the session: a GPU in software is slow, and its pass over the reference comes before the first
  // step.
  writePkuRows(join(inputs, 'many-cpu.jsonl'), 30_000);
  writePkuRows(join(inputs, 'many-webgpu.jsonl'), 1_200);
  const providers = Object.keys(softwareGpu).length === 0 ? (['cpu'] as const) : (['cpu', 'webgpu'] as const);
  console.log(`${namespace}; node ${process.version}; providers ${providers.join(', ')}`);

  const planted =
    'data:text/javascript,import%7Blookup%7Dfrom%22node%3Adns%22%3B' +
    'lookup%28%22planted.invalid%22%2C%28%29%3D%3E%7B%7D%29';
  const sample = ['--out', join(root, 'planted/sample')];
  await run('planted', [command, 'sample', ...sample], { NODE_OPTIONS: `--import=${planted}` });
  const control = await readTrace(join(root, 'planted.trace'));
  console.log(`planted look-up: ${control.lookups.join(', ')}; ${control.network.join(', ')}`);
  if (!control.lookups.includes('/etc/hosts')) faults.push('the planted look-up was not seen, so nothing is proved');

  if (wants('doctor')) {
    await run('doctor', [command, 'doctor', '--json']);
    await judge('doctor', [], 'all providers tested');
  }
  for (const provider of providers) {
    mkdirSync(join(root, `app-${provider}`, 'allowed'), { recursive: true });
    await writeRandomModel(join(root, `app-${provider}`, 'allowed', 'model'));
  }
  const sessions = Promise.all(providers.filter((provider) => wants(`app-${provider}`)).map(session));
  for (const provider of providers) if (wants(`align-${provider}`)) await align(provider);
  await sessions;
} finally {
  rmSync(root, { recursive: true, force: true });
}
if (faults.length > 0) throw new Error(`Not offline:\n${faults.join('\n')}`);
console.log('passed: no look-up, no socket but the listener of the app on 127.0.0.1, no file outside');
