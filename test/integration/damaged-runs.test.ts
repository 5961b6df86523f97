import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLibrary } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { defaultSettings } from '../../main/runs/settings.ts';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness } from './serve-harness.ts';

/**
 * Run folders and rows as a power cut, a full disk or a person's hand leave them: the host starts, and each is a row.
 */

const status = {
  state: 'training',
  pid: 2 ** 22 - 1,
  heartbeatAt: '2020-01-01T00:00:00.000Z',
  step: 4,
  totalSteps: 8,
  epoch: 0,
  pairsPerSecond: 1,
  tokensPerSecond: 1,
  secondsLeft: null,
  alarm: null,
  reference: null,
  peakMemoryBytes: 1,
  error: null,
};
const ofRow = {
  state: 'training',
  settings: JSON.stringify({
    ...defaultSettings({ hiddenSize: 64 }),
    keptLayers: 'all',
    provider: 'cpu',
    threads: 1,
  }),
};

interface Damage {
  readonly row?: Partial<typeof ofRow>;
  /** `null`: there is no folder. */
  readonly folder: ((folder: string) => void) | null;
  readonly code: string;
}
const good = (folder: string): void => {
  writeFileSync(join(folder, 'run.json'), '{}');
  writeFileSync(join(folder, 'status.json'), JSON.stringify(status));
};
const also =
  (damage: (folder: string) => void) =>
  (folder: string): void => {
    good(folder);
    damage(folder);
  };
const damaged: { readonly [id: string]: Damage } = {
  'status-empty': {
    folder: also((folder) => writeFileSync(join(folder, 'status.json'), '')),
    code: 'run-status-unreadable',
  },
  'status-empty-of-a-done-run': {
    row: { state: 'done' },
    folder: also((folder) => writeFileSync(join(folder, 'status.json'), '')),
    code: 'run-status-unreadable',
  },
  'status-zeros': {
    folder: also((folder) => writeFileSync(join(folder, 'status.json'), Buffer.alloc(300))),
    code: 'run-status-unreadable',
  },
  'status-half': {
    folder: also((folder) => writeFileSync(join(folder, 'status.json'), JSON.stringify(status).slice(0, 60))),
    code: 'run-status-unreadable',
  },
  'status-strange': {
    folder: also((folder) => writeFileSync(join(folder, 'status.json'), JSON.stringify({ ...status, pid: -1 }))),
    code: 'run-status-unreadable',
  },
  'status-folder': {
    folder: (folder) => [writeFileSync(join(folder, 'run.json'), '{}'), mkdirSync(join(folder, 'status.json'))],
    code: 'run-status-unreadable',
  },
  'status-pipe': {
    folder: (folder) => [
      writeFileSync(join(folder, 'run.json'), '{}'),
      execFileSync('mkfifo', [join(folder, 'status.json')]),
    ],
    code: 'run-status-unreadable',
  },
  'no-folder': { folder: null, code: 'run-folder-missing' },
  'no-folder-of-a-done-run': { row: { state: 'done' }, folder: null, code: 'run-folder-missing' },
  'no-run-json': {
    folder: (folder) => writeFileSync(join(folder, 'status.json'), JSON.stringify(status)),
    code: 'run-folder-invalid',
  },
  'log-of-no-event': {
    folder: also((folder) => writeFileSync(join(folder, 'engine.log'), '{"event":"error"')),
    code: 'engine-crashed',
  },
  'log-folder': { folder: also((folder) => mkdirSync(join(folder, 'engine.log'))), code: 'engine-crashed' },
  'metrics-of-no-events': {
    folder: also((folder) => appendFileSync(join(folder, 'metrics.jsonl'), 'no event\n')),
    code: 'engine-crashed',
  },
  'control-strange': {
    folder: also((folder) => writeFileSync(join(folder, 'control.json'), '{"command":1}')),
    code: 'engine-crashed',
  },
  'row-strange': { row: { settings: '{"provider":7}' }, folder: good, code: 'run-row-invalid' },
};

let serve: ServeHarness;
let page: PageClient;
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'safedpo-serve-'));
  const library = openLibrary(join(root, 'library'));
  const { id: projectId } = createProject(library, 'runs');
  for (const [id, { row, folder }] of Object.entries(damaged)) {
    const { state, settings } = { ...ofRow, ...row };
    library.db
      .prepare(
        'INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, ' +
          "labels_head, state, created_at) VALUES (?, ?, ?, '/m', 'safedpo', ?, '', '', ?, " +
          "'2026-01-01T00:00:00.000Z')",
      )
      .run(id, projectId, join('runs', id), settings, state);
    if (folder === null) continue;
    mkdirSync(join(library.dir, 'runs', id), { recursive: true });
    folder(join(library.dir, 'runs', id));
  }
  library.close();
  serve = await startServe([], root);
  page = await openPage(serve);
});
afterAll(async () => {
  page.hangUp();
  await serve.stop();
  rmSync(serve.root, { recursive: true, force: true });
});

test('each damaged run is a row that says what is wrong', async () => {
  const rows = await page.client.runs.list({ projectId: null, trashed: false });
  expect(Object.fromEntries(rows.map(({ id, progress }) => [id, progress.error?.code]))).toEqual(
    Object.fromEntries(Object.entries(damaged).map(([id, { code }]) => [id, code])),
  );
  expect(rows.find(({ id }) => id === 'status-empty-of-a-done-run')?.progress.state).toBe('done');
  expect(rows.find(({ id }) => id === 'no-folder-of-a-done-run')?.progress.state).toBe('failed');
});

test('what cannot be done with it is refused by name', async () => {
  await expect(page.client.runs.get({ runId: 'no-folder' })).rejects.toMatchObject({ code: 'run-folder-invalid' });
  await expect(page.client.runs.get({ runId: 'row-strange' })).rejects.toMatchObject({ code: 'run-row-invalid' });
  await expect(page.client.runs.resume({ runId: 'no-folder' })).rejects.toMatchObject({ code: 'run-folder-missing' });
  await expect(
    page.client.runs.metrics({ runId: 'metrics-of-no-events', afterStep: 0, limit: 1 }),
  ).rejects.toMatchObject({ code: 'engine-output-invalid' });
});

test('each can be thrown away, listed in the trash, restored and deleted', async () => {
  for (const runId of Object.keys(damaged))
    expect(await page.client.runs.trash({ runId })).toMatchObject({ id: runId });
  expect(await page.client.trash.list({})).toHaveLength(Object.keys(damaged).length);
  expect(await page.client.runs.restore({ runId: 'no-folder' })).toMatchObject({ id: 'no-folder', trashedAt: null });
  await page.client.runs.trash({ runId: 'no-folder' });
  await page.client.trash.empty({});
  expect(await page.client.runs.list({ projectId: null, trashed: true })).toEqual([]);
  expect(serve.bugs).toEqual([]);
});
