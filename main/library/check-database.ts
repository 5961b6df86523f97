import Database from 'better-sqlite3';
import { badInput } from '../../native-models/failure.ts';
import type { Library } from './library.ts';

/** Reading a database of that size whole takes a second or less; beyond it a start checks all but the texts. */
const wholeCheckBytes = 256 * 1024 * 1024;
/** The tables with the texts and their search index, which are nearly all of a large library. */
const largeTables: ReadonlySet<string> = new Set(['pairs', 'rejected_rows', 'generated_answers', 'reference_logprobs']);

/**
 * What is wrong with a database, in SQLite's words, at most 5 lines; none when it is sound. A start of the app waits
 * for it.
 */
export function damageAtStart(db: Database.Database): string[] {
  const [pages, pageBytes] = ['page_count', 'page_size'].map((name) => Number(db.pragma(name, { simple: true })));
  if ((pages ?? 0) * (pageBytes ?? 0) <= wholeCheckBytes) return problems(db, 'quick_check(5)');
  const tables = db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'pair_search%' AND sql NOT " +
        "LIKE 'CREATE VIRTUAL%'",
    )
    .pluck()
    .all();
  return tables
    .filter((table) => !largeTables.has(table))
    .flatMap((table) => problems(db, `quick_check('${table}')`))
    .slice(0, 5);
}

/** The same, of everything: every page, every index against its table, every reference between tables. */
export function damage(db: Database.Database): string[] {
  const unsound = problems(db, 'integrity_check(5)');
  if (unsound.length > 0) return unsound;
  const references = db
    .prepare<[], { table: string; parent: string }>('SELECT "table", parent FROM pragma_foreign_key_check LIMIT 5')
    .all();
  return references.map(({ table, parent }) => `a row of ${table} names one of ${parent} that is not there`);
}

/** Throws `library-corrupt` with the first problem where the database is not sound. Reads all of it. */
export function requireSound({ db, dir }: Library): void {
  const [problem] = damage(db);
  if (problem !== undefined)
    throw badInput(
      'library-corrupt',
      `library.sqlite in ${dir} is damaged: ${problem} Restore a backup from the folder backups beside it.`,
      { folder: dir, problem },
    );
}

function problems(db: Database.Database, check: string): string[] {
  try {
    return db
      .prepare<[], string>(`PRAGMA ${check}`)
      .pluck()
      .all()
      .filter((line) => line !== 'ok');
  } catch (error) {
    // Damage that keeps the check itself from reading on.
    if (error instanceof Database.SqliteError) return [error.message];
    throw error;
  }
}
