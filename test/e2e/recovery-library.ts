import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { writePkuRows } from '../integration/cli-harness.ts';
import { writeRandomModel } from '../integration/engine-run.ts';
import { openPage, type PageClient } from '../integration/page-client.ts';
import { serveAt } from '../integration/serve-harness.ts';
import { appFolder } from './open-app.ts';

/** Enough for a run to outlast the start of a host. */
const pairs = 360;

/** A folder with a tiny model, pairs in all five classes, and a library for the hosts to come. */
export async function makeRoot(): Promise<{ readonly root: string; readonly remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'safedpo-recovery-'));
  await mkdir(join(root, 'allowed'));
  await writeRandomModel(join(root, 'allowed/model'));
  writePkuRows(join(root, 'allowed/pairs.jsonl'), pairs);
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

/** `safedpo serve` in a process of its own, as a person starts it. */
export interface RunningHost {
  /** The newest address that lets a page in. */
  url(): string;
  /** A client of its own, signed in and connected. */
  client(): Promise<PageClient>;
  /** Ends the process, unless it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a host; port 0 takes any. A page whose host was killed finds the next one at the same port. */
export async function startHost(root: string, port = 0): Promise<RunningHost> {
  const child = spawn(
    process.execPath,
    [
      join(appFolder, 'main/hosts/cli/safedpo.js'),
      'serve',
      '--json',
      '--port',
      String(port),
      '--library',
      join(root, 'library'),
      '--allow',
      join(root, 'allowed'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let newest = '';
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    newest = z.object({ url: z.string() }).parse(JSON.parse(line)).url;
  });
  await once(lines, 'line');
  return {
    url: () => newest,
    client: () => openPage(serveAt(newest)),
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** A project with the model and the pairs. */
export async function fillProject({ client }: PageClient, name: string): Promise<number> {
  const projectId = (await client.projects.create({ name })).id;
  const [folder] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: folder?.handle ?? '' });
  const handleOf = (wanted: string): string => entries.find((entry) => entry.name === wanted)?.handle ?? '';
  await client.models.choose({ projectId, folder: handleOf('model') });
  const { taskId } = await client.datasets.import({
    projectId,
    file: handleOf('pairs.jsonl'),
    format: null,
    mapping: null,
  });
  await new Promise(
    (resolve, reject) =>
      void client.datasets.importProgress(
        { taskId },
        { next: (event) => (event.state === 'done' ? resolve(event) : undefined), error: reject },
      ),
  );
  return projectId;
}

/** Starts a run of small steps, thousands at two pairs per step, with a checkpoint at every few hundredth. */
export async function startLongRun(
  { client }: PageClient,
  projectId: number,
  name: string,
  batchSize = 2,
): Promise<string> {
  const settings = {
    ...(await client.hyperparameters.current({ projectId })),
    template: 'plain' as const,
    maxLength: 32,
    epochs: 90,
    batchSize,
    threads: 1,
    checkpointEverySteps: 300,
  };
  return (await client.runs.start({ projectId, name, settings })).id;
}

const stepLine = z.looseObject({ event: z.literal('step'), step: z.int(), loss: z.number() });

/** The steps in a run folder. */
export async function stepsOf(root: string, runId: string): Promise<z.infer<typeof stepLine>[]> {
  const text = await readFile(join(root, 'library/runs', runId, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => stepLine.safeParse(JSON.parse(line)).data ?? []);
}

/** The process that trains a run. */
export async function enginePid(root: string, runId: string): Promise<number> {
  return z
    .object({ pid: z.int() })
    .parse(JSON.parse(await readFile(join(root, 'library/runs', runId, 'status.json'), 'utf8'))).pid;
}
