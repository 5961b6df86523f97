import type { Client, Observer } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import type { PageClient } from '../integration/page-client.ts';
import { payloads } from './payloads.ts';
import { type serveAt, shown } from '../integration/serve-harness.ts';

/** Text that would run in a page that takes it for HTML, in several ways. */
export const marker = '<img src=x onerror=attack()>';
export const hostileText =
  `${marker}<script>attack()</script><svg onload=attack()></svg><a ` +
  `href="javascript:attack()">here</a>"'>{{attack()}}\${attack()}`;
/** The same where a slash cannot stand. */
export const hostileFileName = marker;

function until<Event extends { readonly state: string; readonly error: unknown }>(
  subscribe: (observer: Observer<Event>) => Unsubscribe,
): Promise<Event> {
  return new Promise(
    (resolve, reject) =>
      void subscribe({
        next: (event) => (['done', 'failed', 'stopped'].includes(event.state) ? resolve(event) : undefined),
        error: reject,
      }),
  );
}

/** Rows in PKU's columns, one a payload, every other safe over unsafe, and one that is rejected. */
function hostileRows(): string {
  const rows = payloads.map(({ text }, row) => ({
    prompt: `${hostileText} ${row} ${text}`,
    response_0: `${text} bad ${hostileText}`,
    response_1: `deaf ${text}`,
    is_response_0_safe: row % 2 === 0,
    is_response_1_safe: true,
    better_response_id: 0,
    safer_response_id: row % 2,
  }));
  const rejected = { ...rows[0], response_0: 7, is_response_0_safe: hostileText };
  return [...rows, rejected].map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** What a reviewer can write: notes, reasons, categories, names of views; and what looks at the pairs. */
async function reviewPairs(client: Client, projectId: number): Promise<void> {
  await client.categories.change({ projectId, change: { kind: 'add', name: marker }, why: marker });
  const { rows } = await client.review.find({ projectId, asked: { query: '' }, blind: false });
  const pairId = rows[0]?.id ?? 0;
  const change = {
    note: { side: 'a' as const, text: hostileText },
    categories: { side: 'a' as const, values: [marker] },
    flagged: true,
  };
  await client.labels.label({ projectId, pairIds: [pairId], change, why: hostileText, blind: false });
  await client.review.saveView({ projectId, name: marker, query: `"${marker}"` });
  await client.review.drawAudit({ projectId, query: `"${marker}"`, count: 2, seed: 1 });
  const { taskId } = await client.review.lint({ projectId });
  await until((observer) => client.review.lintProgress({ taskId }, observer));
}

/** Fills a library through the contract: every name, text and note that a person or a file can give is hostile. */
export async function fillLibrary(
  { client, session }: PageClient,
  serve: ReturnType<typeof serveAt>,
): Promise<{ readonly projectId: number; readonly runId: string; readonly secondRunId: string }> {
  const projectId = (await client.projects.create({ name: hostileText.slice(0, 80) })).id;
  await client.app.saveSettings({ ...(await client.app.settings({})), reviewerName: marker });
  const [root] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: root?.handle ?? '' });
  await client.models.choose({ projectId, folder: entries.find(({ name }) => name === hostileFileName)?.handle ?? '' });

  const headers = {
    origin: serve.origin,
    ...shown(session),
    'content-type': 'application/octet-stream',
    'x-file-name': encodeURIComponent(`${hostileFileName}.jsonl`),
  };
  const file = unwrap<PickedFile>(
    JSON.parse((await serve.ask({ path: '/upload', headers, body: hostileRows() })).text),
  );
  const { taskId } = await client.datasets.import({ projectId, file: file.handle, format: null, mapping: null });
  await until((observer) => client.datasets.importProgress({ taskId }, observer));
  await client.datasets.setSplit({ projectId, heldOutShare: 0.3, seed: 1 });

  await reviewPairs(client, projectId);
  const gone = await client.projects.create({ name: `${marker} gone` });
  await client.projects.trash({ projectId: gone.id });

  const settings = {
    ...(await client.hyperparameters.current({ projectId })),
    template: 'plain' as const,
    maxLength: 64,
    epochs: 1,
    threads: 1,
    checkpointEverySteps: 2,
  };
  await client.hyperparameters.save({ projectId, settings });
  const { id: runId } = await client.runs.start({ projectId, name: marker, settings });
  await client.runs.setNotes({ runId, notes: hostileText });
  await until((observer) => client.runs.progressFeed({ runId }, observer));
  const { id: secondRunId } = await client.runs.start({
    projectId,
    name: `${marker} again`,
    settings: { ...settings, delta: settings.delta + 1 },
  });
  await until((observer) => client.runs.progressFeed({ runId: secondRunId }, observer));
  const evaluation = await client.evaluation.start({
    runId,
    settings: { pairs: 4, prompts: 2, maxNewTokens: 4, temperature: 0, seed: 1 },
    promptFile: null,
  });
  await until((observer) => client.evaluation.progressFeed({ taskId: evaluation.id }, observer));
  const written = await client.exports.start({
    runId,
    format: 'peft',
    dtype: null,
    step: null,
    into: null,
    folderName: 'written',
  });
  await until((observer) => client.exports.progressFeed({ taskId: written.id }, observer));
  return { projectId, runId, secondRunId };
}
