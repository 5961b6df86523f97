import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { badInput } from '../../native-models/failure.ts';
import { clashSchema } from './schema-clashes.ts';
import { dataSchema } from './schema-data.ts';
import { eventIndexSchema } from './schema-event-indexes.ts';
import { labelSchema } from './schema-labels.ts';
import { numberSchema } from './schema-numbers.ts';
import { reviewSchema } from './schema-review.ts';
import { runSchema } from './schema-runs.ts';

/** Written into the file's header, so that a database of another program is never taken for a library: "SDPO". */
const applicationId = 0x5344504f;

/** Step n brings a library from version n to n + 1. A step that was released is never changed. */
const steps: readonly string[] = [
  dataSchema + labelSchema + runSchema + reviewSchema,
  clashSchema,
  eventIndexSchema,
  numberSchema,
];

/**
 * Brings a database up to the newest schema in one transaction, after a backup beside it
 * (`library.backup-vN.sqlite`) when it holds anything.
 * @throws Failure `library-from-newer-version`, `library-version-unknown`, `not-a-library`
 */
export function migrate(db: Database.Database, dir: string, migrations: readonly string[] = steps): void {
  const version = versionOf(db, dir, migrations.length);
  if (version === migrations.length) return;
  if (version > 0) backUp(db, dir, version);
  db.transaction(() => {
    // Another process may have migrated while this one waited for the lock.
    const start = versionOf(db, dir, migrations.length);
    for (const step of migrations.slice(start)) db.exec(step);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/**
 * Whether a database was made by this program, which every one that lies at a library's place was. Throws
 * `not-a-library`.
 */
export function requireOwnDatabase(db: Database.Database, dir: string): void {
  if (db.pragma('application_id', { simple: true }) !== applicationId) throw notALibrary(dir);
}

/** Brings a copy of a database in memory up to the newest schema. Throws as {@link migrate} does. */
export function migrateInMemory(db: Database.Database, dir: string): void {
  db.transaction(() => {
    for (const step of steps.slice(versionOf(db, dir, steps.length))) db.exec(step);
  })();
}

/** Throws as {@link migrate} does where the database is no library of this version or an older one. */
export function requireLibrary(db: Database.Database, dir: string): void {
  versionOf(db, dir, steps.length);
}

function versionOf(db: Database.Database, dir: string, newest: number): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  const tables = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0;
  if (tables > 0 && db.pragma('application_id', { simple: true }) !== applicationId) throw notALibrary(dir);
  if (version < 0 || !Number.isInteger(version) || (version === 0 && tables > 0))
    throw badInput(
      'library-version-unknown',
      `library.sqlite in ${dir} says that it has schema version ${version}, which no version of SafeDPO ` +
        'Studio writes: its header is damaged. Restore a backup from the folder backups beside it. Nothing was ' +
        'changed.',
      { folder: dir, version },
    );
  if (version > newest)
    throw badInput(
      'library-from-newer-version',
      `The library in ${dir} has schema version ${version}; this version of SafeDPO Studio knows up to ` +
        `${newest}. Update the program, or choose another folder for the library. Nothing was changed.`,
      { folder: dir, version, newest },
    );
  return version;
}

function notALibrary(dir: string): Error {
  return badInput(
    'not-a-library',
    `library.sqlite in ${dir} is a database of another program. Choose another folder for the library.`,
    { folder: dir },
  );
}

function backUp(db: Database.Database, dir: string, version: number): void {
  const path = join(dir, `library.backup-v${version}.sqlite`);
  rmSync(`${path}.partial`, { force: true });
  db.prepare('VACUUM INTO ?').run(`${path}.partial`);
  renameSync(`${path}.partial`, path);
}
