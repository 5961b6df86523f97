import { largestOf } from '../../native-models/extremes.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { pick, seededRandom } from '../../native-models/sample/world/random.ts';
import type { PageClient } from '../integration/page-client.ts';
import { writeTinyModel } from '../integration/tiny-model.ts';
import { hostileCommands } from './hostile-commands.ts';
import { hostileFiles, hostileLabels } from './hostile-data.ts';
import { spoiledModels } from './hostile-models.ts';
import { damageRuns } from './hostile-runs.ts';
import { interrupt, startHost, watchHost, type ServedHost } from './served-host.ts';

/**
 * `npm run test:hostile [SEED]`: 200 hostile folders, files and packages against a real serve host that is asked
 * something else all the while, and Ctrl-C at random moments. Ends with 1 where a figure is over its limit.
 */

const seed = Number(process.argv[2] ?? 1);
const random = seededRandom(seed);
const root = mkdtempSync(join(tmpdir(), 'safedpo-hostile-'));
const [allowed, library] = [join(root, 'allowed'), join(root, 'library')];
const [modelsFolder, filesFolder] = [join(allowed, 'models'), join(allowed, 'files')];
const limits = { milliseconds: 2000, bytes: 1e9 } as const;
const nameless: ReadonlySet<string> = new Set(['internal-error', 'unexpected-error', 'engine-failed', 'reader-ended']);

interface Outcome {
  readonly kind: string;
  readonly what: string;
  /** A code, or how it was taken. */
  readonly said: string;
  readonly seconds: number;
}
const outcomes: Outcome[] = [];

async function tried(kind: string, what: string, work: () => Promise<string>): Promise<void> {
  const began = performance.now();
  const said = await work().catch((error: unknown) => codeOf(error));
  outcomes.push({ kind, what, said, seconds: (performance.now() - began) / 1000 });
  process.stderr.write(`\r${outcomes.length} ${kind}: ${what} -> ${said}`.padEnd(110).slice(0, 110));
}

const coded = z.object({ code: z.string() });
function codeOf(error: unknown): string {
  const parsed = coded.safeParse(error);
  return parsed.success ? parsed.data.code : `no code: ${String(error)}`;
}

async function handles({ client }: PageClient, folder: string): Promise<ReadonlyMap<string, string>> {
  const [top] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: top?.handle ?? '' });
  const inside = entries.find(({ name }) => name === folder);
  return new Map(
    (await client.files.list({ folder: inside?.handle ?? '' })).entries.map(({ name, handle }) => [name, handle]),
  );
}

/** Inspects; a model that is taken is chosen, and the pairs' tokens counted with it. */
async function tryModel({ client }: PageClient, projectId: number, folder: string): Promise<string> {
  const { trainable } = await client.models.inspect({ folder });
  if (!trainable) return 'told in the report';
  await client.models.choose({ projectId, folder });
  await client.hyperparameters.lengths({ projectId, template: 'model', maxLengths: [32] });
  return 'taken';
}

async function driveAll(
  page: PageClient,
  models: readonly { readonly kind: string; readonly what: string }[],
  files: readonly { readonly kind: string; readonly name: string }[],
): Promise<void> {
  const { client } = page;
  const { id: projectId } = await client.projects.create({ name: 'hostile' });
  const [folders, dataFiles] = [await handles(page, 'models'), await handles(page, 'files')];
  const fileOf = (name: string): string => dataFiles.get(name) ?? '';
  await client.datasets.import({ projectId, file: fileOf('good.jsonl'), format: null, mapping: null });
  for (const [index, { kind, what }] of models.entries())
    await tried(kind, what, () => tryModel(page, projectId, folders.get(String(index)) ?? ''));
  for (const { kind, name } of files) {
    if (kind === 'labels')
      await tried(kind, name, async () => {
        const file = fileOf(name);
        if (name.startsWith('argilla')) await client.review.importOpinions({ projectId, file, format: 'argilla' });
        else await client.labels.importHistory({ projectId, file, format: name.endsWith('csv') ? 'csv' : 'jsonl' });
        return 'taken';
      });
    else
      await tried(kind, name, async () => {
        const { format } = await client.datasets.preview({ file: fileOf(name), format: null, mapping: null });
        return format === null ? 'told in the preview' : 'taken';
      });
  }
  for (const run of await client.runs.list({ projectId: null, trashed: false }))
    outcomes.push({ kind: 'run folder', what: run.id, said: run.progress.error?.code ?? 'taken', seconds: 0 });
}

/** The host is told to end while it works on something that would never end by itself. */
async function interruptOnce(models: readonly { readonly kind: string }[]): Promise<number> {
  const host = await startHost(library, allowed);
  const folders = await handles(host.page, 'models');
  const index = pick(
    random,
    models.flatMap(({ kind }, place) => (kind === 'template' ? [place] : [])),
  );
  host.page.client.models.inspect({ folder: folders.get(String(index)) ?? '' }).catch(() => undefined);
  await sleep(random() * 3000);
  return endOf(host);
}

async function endOf(host: ServedHost): Promise<number> {
  const milliseconds = await interrupt(host);
  host.page.hangUp();
  return milliseconds;
}

async function main(): Promise<boolean> {
  const models = spoiledModels(random, 34);
  const files = [...hostileFiles(random, 40), ...hostileLabels()];
  mkdirSync(filesFolder, { recursive: true });
  for (const [index, { spoil }] of models.entries()) {
    const folder = join(modelsFolder, String(index));
    mkdirSync(folder, { recursive: true });
    await writeTinyModel(folder);
    await spoil(folder);
  }
  for (const { name, bytes } of files) writeFileSync(join(filesFolder, name), bytes());
  writeFileSync(
    join(filesFolder, 'good.jsonl'),
    JSON.stringify({
      prompt: 'abc',
      chosen: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
      rejected: 'b',
      chosen_safe: true,
      rejected_safe: false,
    }),
  );
  damageRuns(library);

  const host = await startHost(library, allowed);
  const watch = watchHost(host);
  await driveAll(host.page, models, files);
  const { slowestMilliseconds, peakBytes, answers } = await watch.stop();
  const ends = [await endOf(host)];
  for (const { kind, what, run } of hostileCommands(root)) await tried(kind, what, run);
  for (let times = 0; times < 10; times += 1) ends.push(await interruptOnce(models));

  const named = outcomes.filter(({ said }) => !nameless.has(said) && !said.startsWith('no code'));
  process.stderr.write('\n');
  console.table(
    Object.fromEntries(
      [...Map.groupBy(outcomes, ({ kind }) => kind)].map(([kind, of]) => [
        kind,
        {
          tried: of.length,
          named: of.filter((one) => named.includes(one)).length,
          'slowest s': Number(largestOf(of.map(({ seconds }) => seconds)).toFixed(1)),
          said: [...new Set(of.map(({ said }) => said))].join(' ').slice(0, 120),
        },
      ]),
    ),
  );
  console.table({
    seed,
    tried: outcomes.length,
    named: named.length,
    'answers meanwhile': answers,
    'slowest answer ms': Math.round(slowestMilliseconds),
    'peak memory MB': Math.round(peakBytes / 1e6),
    'slowest end ms': Math.round(largestOf(ends)),
  });
  for (const { kind, what, said } of outcomes.filter((one) => !named.includes(one)))
    console.log(`without a name: ${kind}: ${what}: ${said}`);
  return (
    named.length === outcomes.length &&
    slowestMilliseconds < limits.milliseconds &&
    peakBytes < limits.bytes &&
    largestOf(ends) < limits.milliseconds
  );
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
