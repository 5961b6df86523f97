import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Numbered } from '../../preload/contract/contract.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import type { RunProgress, StepMetrics } from '../../preload/contract/operations/runs.ts';
import { writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness, shown } from './serve-harness.ts';

/**
 * A page whose connection is cut again and again while a run trains hears what one with an unbroken connection hears.
 */

let serve: ServeHarness;
let steady: PageClient;
let runId: string;
let steps: number;

beforeAll(async () => {
  serve = await startServe();
  await writeRandomModel(join(serve.allowed, 'model'));
  writePkuRows(join(serve.root, 'pairs.jsonl'), 240);
  steady = await openPage(serve);
  const { client, session } = steady;
  const projectId = (await client.projects.create({ name: 'Cut' })).id;
  const [root] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: root?.handle ?? '' });
  await client.models.choose({ projectId, folder: entries[0]?.handle ?? '' });
  const headers = {
    origin: serve.origin,
    ...shown(session),
    'content-type': 'application/octet-stream',
    'x-file-name': 'pairs.jsonl',
  };
  const file = unwrap<PickedFile>(
    JSON.parse(
      (await serve.ask({ path: '/upload', headers, body: readFileSync(join(serve.root, 'pairs.jsonl')) })).text,
    ),
  );
  const { taskId } = await client.datasets.import({ projectId, file: file.handle, format: null, mapping: null });
  await new Promise<void>(
    (resolve, reject) =>
      void client.datasets.importProgress(
        { taskId },
        { next: ({ state }) => (state === 'done' ? resolve() : undefined), error: reject },
      ),
  );
  const settings = {
    ...(await client.hyperparameters.current({ projectId })),
    template: 'plain' as const,
    maxLength: 32,
    batchSize: 1,
    accumulate: 1,
    epochs: 4,
    threads: 1,
    lora: { rank: 2, alpha: 4, targets: [] },
  };
  const started = await client.runs.start({ projectId, name: null, settings });
  [runId, steps] = [started.id, started.progress.steps];
}, 60_000);
afterAll(async () => {
  steady.hangUp();
  await serve.stop();
});

function follow(page: PageClient) {
  const metrics: Numbered<StepMetrics>[] = [];
  const progress: Numbered<RunProgress>[] = [];
  const report = (error: Error): void => expect.fail(error.message);
  page.client.runs.metricsFeed({ runId }, { next: (event, seq) => metrics.push({ seq, event }), error: report });
  page.client.runs.progressFeed({ runId }, { next: (event, seq) => progress.push({ seq, event }), error: report });
  return { metrics, progress, isDone: () => progress.at(-1)?.event.state === 'done' };
}

test('a connection cut mid-stream misses no step and hears none twice; progress ends at the same state', async () => {
  const whole = follow(steady);
  const cut = await openPage(serve);
  const pieces = follow(cut);
  let cuts = 0;
  while (!whole.isDone()) {
    const heard = pieces.metrics.length;
    await vi.waitFor(() => expect(pieces.metrics.length > heard || whole.isDone()).toBe(true), { timeout: 60_000 });
    cut.hangUp();
    cuts += 1;
    await delay(60);
    await cut.connect();
  }
  await vi.waitFor(() => expect(pieces.isDone()).toBe(true), { timeout: 10_000 });
  await vi.waitFor(() => expect(pieces.metrics).toHaveLength(whole.metrics.length));
  await vi.waitFor(() => expect(pieces.progress.at(-1)?.event).toEqual(whole.progress.at(-1)?.event));
  cut.hangUp();

  expect(cuts, 'the run was long enough to be cut').toBeGreaterThan(3);
  expect(pieces.metrics).toEqual(whole.metrics);
  expect(whole.metrics.map(({ seq }) => seq)).toEqual(whole.metrics.map((_, index) => index + 1));
  expect(await steady.client.runs.metrics({ runId, afterStep: 0, limit: 50_000 })).toEqual(
    whole.metrics.map(({ event }) => event),
  );
  for (const { progress } of [whole, pieces])
    expect(progress.map(({ seq }) => seq)).toEqual(progress.map(({ seq }) => seq).toSorted((a, b) => a - b));
}, 120_000);

test('a page that opens after the end hears the whole run at once', async () => {
  const late = await openPage(serve);
  const heard = follow(late);
  await vi.waitFor(() => expect(heard.isDone()).toBe(true));
  await vi.waitFor(() => expect(heard.metrics).toHaveLength(heard.progress.at(-1)?.event.steps ?? steps));
  late.hangUp();
});
