import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject, listProjects, setProjectModel } from '../projects/projects.ts';
import { copyLibrary, removeCopy } from './copy-library.ts';
import { openLibrary } from './library.ts';
import { libraryParts } from './library-parts.ts';
import { libraryTarget } from './library-target.ts';
import { temporaryFolder, temporaryLibrary } from '../datasets/store/library.fixture.ts';

/** A library with a project on a model inside it and one outside, a run's files, and what must not be copied. */
function filledLibrary() {
  const library = temporaryLibrary();
  const inside = createProject(library, 'inside');
  setProjectModel(library, inside.id, join(library.dir, 'sample/model'));
  setProjectModel(library, createProject(library, 'outside').id, `${library.dir}-not/model`);
  for (const folder of ['runs/r1/checkpoints/step-1', 'exports/e1', 'uploads'])
    mkdirSync(join(library.dir, folder), { recursive: true });
  writeFileSync(
    join(library.dir, 'runs/r1/run.json'),
    JSON.stringify({ id: 'r1', model: { path: join(library.dir, 'sample/model'), sha256: {} } }),
  );
  writeFileSync(join(library.dir, 'runs/r1/checkpoints/step-1/adapter.safetensors'), Buffer.alloc(200_000, 7));
  writeFileSync(join(library.dir, 'exports/e1/model.safetensors'), Buffer.alloc(3000, 1));
  writeFileSync(join(library.dir, 'uploads/u1'), 'dropped');
  return library;
}
const still = { signal: new AbortController().signal, onProgress: () => {} };

test('a copy holds all, names its own folders, and is a library only when it is finished', async () => {
  const library = filledLibrary();
  const target = join(temporaryFolder(), 'deep', 'copy');
  const shares: number[] = [];
  const finish = await copyLibrary(library, target, {
    ...still,
    onProgress: (done, total) => shares.push(done / total),
  });
  expect(
    shares.toSorted((left, right) => left - right),
    'only forwards',
  ).toEqual(shares);
  expect(shares.at(-1)).toBe(1);
  expect(existsSync(join(target, 'library.sqlite'))).toBe(false);
  createProject(library, 'made while it was copied');
  finish();

  const copy = openLibrary(target);
  expect(
    listProjects(copy)
      .map(({ name, modelPath }) => [name, modelPath])
      .toSorted(),
  ).toEqual([
    ['inside', join(target, 'sample/model')],
    ['made while it was copied', null],
    ['outside', `${library.dir}-not/model`],
  ]);
  copy.close();
  expect(JSON.parse(readFileSync(join(target, 'runs/r1/run.json'), 'utf8'))).toEqual({
    id: 'r1',
    model: { path: join(target, 'sample/model'), sha256: {} },
  });
  expect(readFileSync(join(target, 'runs/r1/checkpoints/step-1/adapter.safetensors'))).toEqual(
    Buffer.alloc(200_000, 7),
  );
  expect(readdirSync(target).toSorted()).toEqual(['exports', 'library.sqlite', 'runs']);
  expect(listProjects(library), 'the original is as it was').toHaveLength(3);
  expect(readFileSync(join(library.dir, 'runs/r1/run.json'), 'utf8')).toContain(join(library.dir, 'sample/model'));
});

test('a copy that is stopped leaves an empty folder, and one whose library changed is not finished', async () => {
  const library = filledLibrary();
  const target = temporaryFolder();
  const abort = new AbortController();
  const stopped = copyLibrary(library, target, {
    signal: abort.signal,
    onProgress: (done) => done > 100_000 && abort.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: 'copy-cancelled', kind: 'interrupted' });
  expect(readdirSync(target)).toEqual([]);

  const finish = await copyLibrary(library, target, still);
  writeFileSync(join(library.dir, 'exports/e1/new.safetensors'), 'made by a command meanwhile');
  expect(finish).toThrow(/changed while it was copied/);
  await removeCopy(library.dir, target);
  expect(readdirSync(target)).toEqual([]);
});

test('what a folder would come to: a library, a new one, one below it, or a refusal', () => {
  const library = filledLibrary();
  const other = temporaryLibrary();
  createProject(other, 'one');
  const empty = temporaryFolder();
  const full = temporaryFolder();
  writeFileSync(join(full, 'letter.txt'), 'mine');
  expect(libraryTarget(other.dir, library.dir)).toEqual({ folder: other.dir, projects: 1 });
  expect(libraryTarget(empty, library.dir)).toEqual({ folder: empty, projects: null });
  expect(libraryTarget(full, library.dir)).toEqual({ folder: join(full, 'SafeDPO Studio'), projects: null });
  mkdirSync(join(full, 'SafeDPO Studio'));
  writeFileSync(join(full, 'SafeDPO Studio/letter.txt'), 'mine, too');
  expect(() => libraryTarget(full, library.dir)).toThrow(expect.objectContaining({ code: 'library-folder-occupied' }));
  expect(() => libraryTarget(library.dir, library.dir)).toThrow(
    expect.objectContaining({ code: 'library-open-already' }),
  );
  expect(() => libraryTarget(join(library.dir, 'runs'), library.dir)).toThrow(
    expect.objectContaining({ code: 'library-inside-itself' }),
  );
  writeFileSync(join(empty, 'library.sqlite'), 'no database');
  expect(() => libraryTarget(empty, library.dir)).toThrow(expect.objectContaining({ code: 'library-corrupt' }));
});

test('the size of a library by part', async () => {
  const { dir } = filledLibrary();
  expect(await libraryParts(dir)).toMatchObject({ runs: expect.any(Number), exports: 3000, rest: 'dropped'.length });
  expect((await libraryParts(dir)).runs).toBeGreaterThan(200_000);
  expect((await libraryParts(dir)).database).toBeGreaterThan(4096);
});
