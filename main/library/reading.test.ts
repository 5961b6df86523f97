import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { editLabels } from '../labels/edit.ts';
import { exportLabels } from '../labels/export-labels.ts';
import { verifyChain } from '../labels/verify.ts';
import { createProject } from '../projects/projects.ts';
import { libraryWith, newPair, temporaryFolder, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import { openLibraryAlone } from './library-holder.ts';
import { openForReading, openLibrary } from './library.ts';

const failure = (code: string): unknown => expect.objectContaining({ code });

/** A copy of a library as a crash leaves it: labels that lie in the log alone. */
function crashed(): { dir: string; projectId: number; labels: string } {
  const { library, projectId, pairIds } = libraryWith(
    Array.from({ length: 300 }, (_, index) => newPair(index + 1, false, true, 'a')),
  );
  library.db.pragma('wal_autocheckpoint = 0');
  for (const pairId of pairIds.slice(0, 100))
    editLabels(library, projectId, { reviewer: 'Ann', reason: 'in the log' }, [
      { pairId, field: 'verdict', side: 'a', value: true },
    ]);
  const dir = temporaryFolder();
  for (const name of ['library.sqlite', 'library.sqlite-wal']) copyFileSync(join(library.dir, name), join(dir, name));
  return { dir, projectId, labels: [...exportLabels(library, projectId, 'jsonl')].join('') };
}

describe('a library opened for reading', () => {
  it('holds what was committed, the log included, and refuses every change by name', () => {
    const { dir, projectId, labels } = crashed();
    const library = openForReading(dir, 'It cannot be written.');
    expect([...exportLabels(library, projectId, 'jsonl')].join('')).toBe(labels);
    expect(verifyChain(library).broken).toBeNull();
    expect(library.db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(() => createProject(library, 'new')).toThrow(failure('library-read-only'));
    expect(() => library.db.prepare("UPDATE projects SET name = 'x'").run()).toThrow(/readonly/);
    library.close();
  });

  it('takes of a log no more than SQLite does: a cut or changed end is no part of it', () => {
    const { dir } = crashed();
    const log = readFileSync(join(dir, 'library.sqlite-wal'));
    for (const changed of [
      log.subarray(0, log.length - 3000),
      Buffer.from(log).fill(0x55, log.length - 9000, log.length - 8000),
      Buffer.alloc(0),
      Buffer.from(log).fill(1, 24, 28),
    ]) {
      const other = temporaryFolder();
      copyFileSync(join(dir, 'library.sqlite'), join(other, 'library.sqlite'));
      writeFileSync(join(other, 'library.sqlite-wal'), changed);
      const reading = openForReading(other, '');
      const seen = reading.db.prepare('SELECT seq, hash FROM label_events').all();
      reading.close();
      expect(seen).toEqual(temporaryLibrary(other).db.prepare('SELECT seq, hash FROM label_events').all());
    }
  });
});

describe('what is no sound library is refused by name', () => {
  const file = (dir: string): string => join(dir, 'library.sqlite');
  it('an empty file never becomes a new library', () => {
    const dir = temporaryFolder();
    writeFileSync(file(dir), '');
    expect(() => openLibrary(dir)).toThrow(failure('library-empty'));
    expect(readFileSync(file(dir))).toHaveLength(0);
  });

  it('what a kill left of making one is cleared away', () => {
    const dir = temporaryFolder();
    writeFileSync(`${file(dir)}.4194305.partial`, 'half');
    temporaryLibrary(dir);
    expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('nor does an empty database of another program', () => {
    const dir = temporaryFolder();
    const other = new Database(file(dir));
    other.exec('CREATE TABLE theirs (x); DROP TABLE theirs');
    other.close();
    const before = readFileSync(file(dir));
    expect(() => openLibrary(dir)).toThrow(failure('not-a-library'));
    expect(readFileSync(file(dir)).equals(before)).toBe(true);
  });

  it.each([-1, 0, 99])('schema version %d', (version) => {
    const { library } = libraryWith([]);
    library.db.pragma(`user_version = ${version}`);
    library.close();
    expect(() => openLibrary(library.dir)).toThrow(
      failure(version === 99 ? 'library-from-newer-version' : 'library-version-unknown'),
    );
  });

  it('a page that was overwritten is found at the start, and the library opened for reading', () => {
    const { library } = libraryWith(Array.from({ length: 400 }, (_, index) => newPair(index + 1, false, true, 'a')));
    library.close();
    const bytes = readFileSync(file(library.dir));
    writeFileSync(
      file(library.dir),
      bytes.fill(0x55, Math.floor((bytes.length * 0.75) / 4096) * 4096, Math.floor((bytes.length * 0.9) / 4096) * 4096),
    );
    const damaged = openLibraryAlone(library.dir);
    expect(damaged.readOnly).toMatch(/is damaged.*restore a backup/);
    expect(() => createProject(damaged, 'new')).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^library-(read-only|corrupt)$/) }),
    );
    damaged.close();
  });
});
