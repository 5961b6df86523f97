import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  importPairs,
  libraryWith,
  newPair,
  temporaryFolder,
  temporaryLibrary,
} from '../datasets/store/library.fixture.ts';
import { createProject } from '../projects/projects.ts';
import { editLabels } from './edit.ts';
import { exportLabels } from './export-labels.ts';
import { importLabels } from './import-labels.ts';
import { writeLabelFile } from './write-label-file.ts';

const pairs = [newPair(1, null, null, null)];
const failure = (code: string): unknown => expect.objectContaining({ code });
const cli = fileURLToPath(new URL('../hosts/cli/safedpo.js', import.meta.url));

it('replaces a labels file whole, and nothing else unless told', async () => {
  const { library, projectId } = libraryWith(pairs);
  const folder = temporaryFolder();
  const [file, mine, made] = ['labels.jsonl', 'thesis.csv', 'empty.csv'].map((name) => join(folder, name));
  if (file === undefined || mine === undefined || made === undefined) throw new Error('three names');
  writeFileSync(mine, 'chapter one');
  writeFileSync(made, '');
  const write = (path: string, replace = false): Promise<number> =>
    writeLabelFile(library, projectId, { file: path, format: 'jsonl', replace });
  expect(await write(file)).toBe(0);
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
    { pairId: 1, field: 'verdict', side: 'a', value: true },
  ]);
  expect([await write(file), await write(made)]).toEqual([2, 2]);
  expect(readFileSync(file, 'utf8')).toBe([...exportLabels(library, projectId, 'jsonl')].join(''));
  await expect(write(mine)).rejects.toThrow(failure('labels-file-occupied'));
  expect(readFileSync(mine, 'utf8')).toBe('chapter one');
  expect(await write(mine, true)).toBe(2);
  mkdirSync(join(folder, 'folder'));
  await expect(write(join(folder, 'folder'), true)).rejects.toThrow(failure('file-is-folder'));
  await expect(write('/dev/null', true)).rejects.toThrow(failure('not-a-plain-file'));
});

it('a kill leaves the older file as it was', async () => {
  const { library, projectId } = libraryWith(
    Array.from({ length: 4000 }, (_, index) => newPair(index + 1, true, false, 'a')),
  );
  const file = join(temporaryFolder(), 'labels.jsonl');
  await writeLabelFile(library, projectId, { file, format: 'jsonl', replace: false });
  const before = readFileSync(file);
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      cli,
      'labels',
      'export',
      file,
      '--project',
      'test',
      '--library',
      library.dir,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  while (child.exitCode === null && !readdirSync(join(file, '..')).some((name) => name !== 'labels.jsonl'))
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(readFileSync(file).equals(before)).toBe(true);
});

it('a name or a reason that a spreadsheet would run is inert in the CSV file, and comes back as it was', () => {
  const { library, projectId } = libraryWith(pairs);
  const said = ["=cmd|' /C calc'!A0", '@SUM(1)', '+1', '-1', "'=1+1", "''=2", "'quoted'", '\t=3'];
  for (const [index, text] of said.entries())
    editLabels(library, projectId, { reviewer: text, reason: `${text} because` }, [
      { pairId: 1, field: 'severity', side: 'a', value: index % 2 === 0 ? 1 : 2 },
    ]);
  const csv = [...exportLabels(library, projectId, 'csv')].join('');
  const cells = csv
    .split('\n')
    .flatMap((line) => line.split(','))
    .map((cell) => cell.replace(/^"/, ''));
  expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  const other = temporaryLibrary();
  const otherProject = createProject(other, 'test').id;
  importPairs(other, otherProject, pairs);
  expect(importLabels(other, otherProject, csv, 'csv')).toMatchObject({ events: said.length });
  expect(
    other.db.prepare('SELECT reviewer FROM label_events WHERE pair IS NOT NULL ORDER BY seq').pluck().all(),
  ).toEqual(said);
  expect([...exportLabels(other, otherProject, 'csv')].join('')).toBe(csv);
});
