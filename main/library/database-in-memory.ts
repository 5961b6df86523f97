import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateInMemory, requireOwnDatabase } from './migrate.ts';
import { withWalPages } from './wal-pages.ts';

/**
 * Bytes 18 and 19 of a database say how it is written: 1 is without a write-ahead log, which a database in memory
 * cannot have.
 */
const writeVersionAt = 18;

/**
 * The database of a library where nothing can be written: what it holds now, as a copy in memory, since SQLite itself
 * needs to write beside a database with a write-ahead log to read it. Nothing can be changed in it.
 */
export function databaseInMemory(dir: string): Database.Database {
  const file = join(dir, 'library.sqlite');
  const log = `${file}-wal`;
  const bytes = withWalPages(readFileSync(file), existsSync(log) ? readFileSync(log) : Buffer.alloc(0));
  bytes.fill(1, writeVersionAt, writeVersionAt + 2);
  const db = new Database(bytes);
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('foreign_keys = ON');
    requireOwnDatabase(db, dir);
    migrateInMemory(db, dir);
    db.pragma('query_only = ON');
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
