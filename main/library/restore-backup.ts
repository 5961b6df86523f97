import { copyFileSync, existsSync, fsyncSync, closeSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { badInput, failed } from '../../native-models/failure.ts';
import { backupFolder, backupName, listBackups } from './backup-files.ts';
import { damage } from './check-database.ts';
import { libraryFailure } from './library-failure.ts';
import { requireLibrary } from './migrate.ts';

/**
 * Puts a backup in the place of the library's database, which nobody has open (the caller holds the host's lock). What
 * it replaces is kept in `backups` too. A kill at any moment leaves either the one or the other, whole.
 * @returns the name under which the replaced database is kept
 * @throws Failure `unknown-backup`, `backup-damaged`, and what `libraryFailure` names
 */
export function restoreBackup(dir: string, name: string, now = new Date()): string {
  const backups = listBackups(dir);
  if (!backups.some((backup) => backup.name === name))
    throw badInput(
      'unknown-backup',
      `The library in ${dir} has no backup ${JSON.stringify(name)}; ` +
        `${backups.length === 0 ? 'it has none' : `it has ${backups.map((backup) => backup.name).join(', ')}`}.`,
      { folder: dir, backup: name, backups: backups.map((backup) => backup.name) },
    );
  const file = join(dir, 'library.sqlite');
  const partial = `${file}.restored`;
  const replaced = backupName('replaced', now);
  try {
    copyFileSync(join(backupFolder(dir), name), partial);
    requireSound(partial, dir, name);
    keepReplaced(dir, file, replaced);
    renameSync(partial, file);
    return replaced;
  } catch (error) {
    throw libraryFailure(error, dir);
  } finally {
    rmSync(partial, { force: true });
  }
}

function requireSound(file: string, dir: string, name: string): void {
  const db = new Database(file);
  try {
    requireLibrary(db, dir);
    const [problem] = damage(db);
    if (problem !== undefined)
      throw failed(
        'backup-damaged',
        `The backup ${name} is damaged, so nothing was changed: ${problem} Choose another one.`,
        { folder: dir, backup: name, problem },
      );
  } finally {
    db.close();
  }
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

/** A log left beside the restored database would be taken for its own: it goes back into the old one, or with it. */
function keepReplaced(dir: string, file: string, replaced: string): void {
  const kept = join(backupFolder(dir), replaced);
  if (!existsSync(file)) return;
  try {
    const old = new Database(file);
    old.pragma('wal_checkpoint(TRUNCATE)');
    old.close();
  } catch {
    // Too damaged to be opened, which is why it is replaced.
  }
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${kept}-wal`);
  rmSync(`${file}-shm`, { force: true });
  try {
    linkSync(file, kept);
  } catch {
    // A file system without links.
    copyFileSync(file, kept);
  }
}
