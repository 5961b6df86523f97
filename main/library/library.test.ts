import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { libraryChoice, libraryFolder } from './folder.ts';
import { temporaryFolder, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import { openLibrary } from './library.ts';
import { migrate } from './migrate.ts';
import { transact } from './transact.ts';

describe('openLibrary', () => {
  it('makes a folder, sets the pragmas, and keeps what is stored', () => {
    const dir = join(temporaryFolder(), 'new', 'folder');
    const first = openLibrary(dir);
    expect(first.db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(first.db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(first.db.pragma('trusted_schema', { simple: true })).toBe(0);
    expect(first.db.pragma('synchronous', { simple: true })).toBe(2);
    transact(first, () => first.db.prepare("INSERT INTO settings VALUES ('theme', '\"dark\"')").run());
    first.close();
    const again = temporaryLibrary(dir);
    expect(again.db.prepare('SELECT value FROM settings').pluck().get()).toBe('"dark"');
    expect(again.db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('refuses a library of a newer version and leaves it as it is', () => {
    const dir = temporaryFolder();
    openLibrary(dir).close();
    const raw = new Database(join(dir, 'library.sqlite'));
    raw.pragma('user_version = 99');
    raw.close();
    const before = readFileSync(join(dir, 'library.sqlite'));
    expect(() => openLibrary(dir)).toThrowError(
      expect.objectContaining({ kind: 'input', code: 'library-from-newer-version' }),
    );
    expect(readFileSync(join(dir, 'library.sqlite')).equals(before)).toBe(true);
  });

  it.each([
    ['text', 'this is not a database, and longer than a header '.repeat(50)],
    ['a cut database', null],
  ])('refuses %s in place of the database', (_name, content) => {
    const dir = temporaryFolder();
    const path = join(dir, 'library.sqlite');
    openLibrary(dir).close();
    writeFileSync(path, content ?? readFileSync(path).subarray(0, 5000));
    expect(() => openLibrary(dir)).toThrowError(expect.objectContaining({ kind: 'input', code: 'library-corrupt' }));
  });

  it("refuses another program's database", () => {
    const dir = temporaryFolder();
    const other = new Database(join(dir, 'library.sqlite'));
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    expect(() => openLibrary(dir)).toThrowError(expect.objectContaining({ code: 'not-a-library' }));
  });

  it('says so when the folder cannot be made or written', () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    expect(() => openLibrary(join(file, 'library'))).toThrowError(
      expect.objectContaining({ kind: 'input', code: 'library-read-only' }),
    );
  });
});

// Linux lets nobody make a folder in /sys, root neither.
it.runIf(process.platform === 'linux')('says so when the folder is on a read-only file system', () => {
  expect(() => openLibrary('/sys/safedpo')).toThrowError(
    expect.objectContaining({ kind: 'input', code: 'library-read-only' }),
  );
});

describe('migrate', () => {
  const step = 'CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (7);';

  it('backs up before it changes a schema, and changes all or nothing', () => {
    const dir = temporaryFolder();
    const db = new Database(join(dir, 'library.sqlite'));
    migrate(db, dir, [step]);
    expect(readdirSync(dir)).toEqual(['library.sqlite']);
    expect(() => migrate(db, dir, [step, 'CREATE TABLE two (x) STRICT; this is no SQL'])).toThrow(
      /syntax error|unknown datatype|missing datatype/,
    );
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    migrate(db, dir, [step, 'DROP TABLE one; CREATE TABLE two (x INTEGER) STRICT;']);
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    db.close();
    const backup = new Database(join(dir, 'library.backup-v1.sqlite'), { readonly: true });
    expect(backup.prepare('SELECT x FROM one').pluck().get()).toBe(7);
    backup.close();
    expect(existsSync(join(dir, 'library.backup-v1.sqlite.partial'))).toBe(false);
  });
});

it.skipIf(process.platform !== 'linux')('refuses a folder below /proc, where a recursive mkdir never ends', () => {
  expect(() => openLibrary('/proc/1/nowhere/library')).toThrowError(
    expect.objectContaining({ code: 'library-read-only' }),
  );
});

describe('transact', () => {
  it('stores nothing when the disk is full', () => {
    const library = temporaryLibrary();
    library.db.pragma(`max_page_count = ${Number(library.db.pragma('page_count', { simple: true })) + 5}`);
    const insert = library.db.prepare('INSERT INTO settings VALUES (?, json_quote(?))');
    const fill = (): void => {
      for (let i = 0; i < 100; i += 1) insert.run(`key ${i}`, 'x'.repeat(4000));
    };
    expect(() => transact(library, fill)).toThrowError(
      expect.objectContaining({ kind: 'capacity', code: 'library-disk-full' }),
    );
    expect(library.db.prepare('SELECT count(*) FROM settings').pluck().get()).toBe(0);
  });

  it('says so when another process holds the library', () => {
    const dir = temporaryFolder();
    const [first, second] = [temporaryLibrary(dir), temporaryLibrary(dir)];
    first.db.exec('BEGIN IMMEDIATE');
    expect(() => transact(second, () => 1)).toThrowError(expect.objectContaining({ code: 'library-locked' }));
    first.db.exec('ROLLBACK');
    expect(transact(second, () => 1)).toBe(1);
  });
});

describe('libraryFolder', () => {
  it('an option, then the environment, then what was chosen, then the place of the platform', () => {
    const environment = { XDG_DATA_HOME: temporaryFolder() };
    const usual = join(environment.XDG_DATA_HOME, 'SafeDPO Studio');
    const chosen = temporaryLibrary();
    expect(libraryFolder(undefined, environment, 'linux')).toBe(usual);
    libraryChoice(undefined, environment, 'linux').remember(chosen.dir);
    expect(libraryFolder(undefined, environment, 'linux')).toBe(chosen.dir);
    expect(libraryFolder(undefined, { ...environment, SAFEDPO_LIBRARY: '/y' }, 'linux')).toBe('/y');
    expect(libraryFolder('/x', { ...environment, SAFEDPO_LIBRARY: '/y' }, 'linux')).toBe('/x');
    expect([undefined, '/x'].map((option) => libraryChoice(option, environment, 'linux').namedAtStart)).toEqual([
      false,
      true,
    ]);
    libraryChoice(undefined, environment, 'linux').remember(usual);
    expect(libraryFolder(undefined, environment, 'linux')).toBe(usual);
  });

  it('a chosen library that is not there, or a damaged choice, is refused and never made anew', () => {
    const environment = { XDG_DATA_HOME: temporaryFolder() };
    const away = join(temporaryFolder(), 'away');
    libraryChoice(undefined, environment, 'linux').remember(away);
    expect(() => libraryFolder(undefined, environment, 'linux')).toThrow(
      expect.objectContaining({ code: 'library-not-there', details: expect.objectContaining({ folder: away }) }),
    );
    writeFileSync(join(environment.XDG_DATA_HOME, 'SafeDPO Studio/library-folder.json'), '{"fold');
    expect(() => libraryFolder(undefined, environment, 'linux')).toThrow(
      expect.objectContaining({ code: 'library-choice-damaged' }),
    );
  });
});
