import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { doesNotFit, failed } from '../../native-models/failure.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import { backupFolder, backupName, expiredBackups, listBackups, type Backup } from './backup-files.ts';
import { damageAtStart } from './check-database.ts';
import type { Library } from './library.ts';

/** Left free on the disk, for the labels to come. */
const reserveBytes = 64 * 1024 * 1024;
/** Some milliseconds of copying: what people do in the app goes on in between. */
const pagesATurn = 2000;

/**
 * Copies the database into the library's folder `backups` while work goes on, checks the copy, and removes those that
 * are one too many. A copy that is not sound is not kept, and then no older one goes.
 * @returns the new backup; `null` where nothing was written since the last one
 * @throws Failure `backup-does-not-fit`, `backup-damaged`
 */
export async function backUp(library: Library, now = new Date()): Promise<Backup | null> {
  const folder = backupFolder(library.dir);
  const newest = listBackups(library.dir).find(({ replaced }) => !replaced);
  if (newest !== undefined && Date.parse(newest.at) > lastWrite(library.dir)) return null;
  mkdirSync(folder, { recursive: true });
  // What a kill left of an earlier one; the host's lock keeps others from making one now.
  for (const name of readdirSync(folder))
    if (name.includes('.sqlite.partial')) rmSync(join(folder, name), { force: true });
  requireRoom(library, folder);
  const name = backupName('library', now);
  const partial = join(folder, `${name}.partial`);
  try {
    await library.db.backup(partial, { progress: () => pagesATurn });
    settle(library.dir, partial);
    renameSync(partial, join(folder, name));
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${end}`, { force: true });
  }
  for (const { name: expired } of expiredBackups(listBackups(library.dir)))
    rmSync(join(folder, expired), { force: true });
  return listBackups(library.dir).find((backup) => backup.name === name) ?? null;
}

/** Makes the copy a lone file that is on the disk. Throws `backup-damaged`. */
function settle(dir: string, file: string): void {
  const copy = new Database(file);
  try {
    const [problem] = damageAtStart(copy);
    if (problem !== undefined)
      throw failed(
        'backup-damaged',
        `The database in ${dir} is damaged, so no backup was made of it and the older ones stay: ${problem}`,
        { folder: dir, problem },
      );
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

function lastWrite(dir: string): number {
  const times = ['library.sqlite', 'library.sqlite-wal'].map(
    (name) => statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(times[0] ?? 0, times[1] ?? 0);
}

function requireRoom({ db, dir }: Library, folder: string): void {
  const bytes = Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const freeBytes = freeBytesOf(folder);
  if (bytes + reserveBytes > freeBytes)
    throw doesNotFit(
      'backup-does-not-fit',
      `A backup of the library in ${dir} needs ${bytes} bytes, and ${freeBytes} are free. Free some ` +
        'space; the older backups stay.',
      { folder: dir, bytes, freeBytes },
    );
}
