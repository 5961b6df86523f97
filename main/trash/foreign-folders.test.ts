import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import type { Library } from '../library/library.ts';
import { createProject } from '../projects/projects.ts';
import { listFolder, listPreparedFolder, removeListedFolders } from '../runs/folders-to-remove.ts';
import { getRun, listRuns, runStanding } from '../runs/runs.ts';
import { emptyTrash, listTrash } from './trash.ts';
import { writeStartingStatus } from '../../native-models/protocol/run-folder/status.ts';

function addRun(
  { db }: Library,
  projectId: number,
  id: string,
  folder: string,
  trashedAt: string | null = '2026-11-25T10:00:00.000Z',
): void {
  db.prepare(
    `INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, labels_head, state,
      created_at, trashed_at)
    VALUES (?, ?, ?, '/models/tiny', 'safedpo', '{}', '', '', 'done', '2026-11-25T10:00:00.000Z', ?)`,
  ).run(id, projectId, folder, trashedAt);
}

/** A library in a folder of which the test may fill the rest. */
function libraryInside(): { library: Library; projectId: number } {
  const library = temporaryLibrary(join(temporaryFolder(), 'library'));
  return { library, projectId: createProject(library, 'test').id };
}

/** A folder with a file of somebody else. */
function somebodysFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), 'mine');
  return folder;
}

it.each([
  ['a folder beside the library', 'victim', '../victim'],
  ['a run that is named as a way out', '../../victim', 'runs/../../victim'],
  ['a folder of the library that is no run', 'exports', 'exports'],
  ['another run', 'one', 'runs/two'],
])('emptying the trash removes nothing else: %s', async (_name, id, folder) => {
  const { library, projectId } = libraryInside();
  const places = [
    join(library.dir, '..', 'victim'),
    join(library.dir, 'exports'),
    join(library.dir, 'runs', 'two'),
  ].map(somebodysFolder);
  addRun(library, projectId, id, folder);
  const run = getRun(library, id);
  expect([existsSync(run.folder), runStanding(run).lost]).toEqual([false, true]);
  expect(await listTrash(library)).toMatchObject([{ kind: 'run', bytes: 0 }]);
  await emptyTrash(library);
  expect(listRuns(library, null, true)).toEqual([]);
  expect(places.map((place) => existsSync(join(place, 'run.json')))).toEqual([true, true, true]);
});

it('a link that leads out of the library is no run folder', async () => {
  const { library, projectId } = libraryInside();
  const victim = somebodysFolder(join(temporaryFolder(), 'victim'));
  symlinkSync(join(victim, '..'), join(library.dir, 'runs'));
  addRun(library, projectId, 'victim', 'runs/victim');
  expect(runStanding(getRun(library, 'victim')).lost).toBe(true);
  await emptyTrash(library);
  expect(existsSync(join(victim, 'run.json'))).toBe(true);
});

it(
  'removes at the next call what a kill left of an emptied trash and of a run that was never stored, and ' +
    'nothing else',
  async () => {
    const { library, projectId } = libraryInside();
    const folder = (id: string): string => join(library.dir, 'runs', id);
    ['deleted', 'never-stored', 'being-prepared', 'of-somebody', 'stored', 'at-work'].forEach((id) =>
      somebodysFolder(folder(id)),
    );
    listFolder(library, 'deleted');
    listFolder(library, 'stored');
    addRun(library, projectId, 'stored', 'runs/stored', null);
    listFolder(library, 'at-work');
    writeStartingStatus(folder('at-work'), process.pid);
    listPreparedFolder(library, 'being-prepared');
    listPreparedFolder(library, 'never-stored');
    library.db.prepare("UPDATE folders_to_remove SET process = 4194305 WHERE run = 'never-stored'").run();
    await removeListedFolders(library);
    expect(
      ['deleted', 'never-stored', 'being-prepared', 'of-somebody', 'stored', 'at-work'].filter((id) =>
        existsSync(folder(id)),
      ),
    ).toEqual(['being-prepared', 'of-somebody', 'stored', 'at-work']);
    expect(library.db.prepare('SELECT run FROM folders_to_remove ORDER BY run').pluck().all()).toEqual([
      'at-work',
      'being-prepared',
    ]);
  },
);
