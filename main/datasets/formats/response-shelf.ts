import { hash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { ImportedVerdict } from '../../library/pairs.ts';

/** A response waiting for its counterpart. */
export interface ShelvedResponse {
  readonly row: number;
  readonly line: number | null;
  readonly response: string;
  readonly verdict: ImportedVerdict;
}

interface StoredResponse {
  readonly prompt: string;
  readonly row: number;
  readonly line: number | null;
  readonly response: string;
  readonly unsafe: number;
  readonly categories: string;
}

interface StoredPair extends StoredResponse {
  readonly otherRow: number;
  readonly otherLine: number | null;
  readonly otherResponse: string;
  readonly otherCategories: string;
}

/** Numbers the safe and the unsafe responses of each prompt in the order of the file: equal numbers make a pair. */
const numbered = 'SELECT *, row_number() OVER (PARTITION BY prompt_hash, unsafe ORDER BY row) AS place FROM responses';

/** Pairs responses by prompt in a temporary database on disk (better-sqlite3 deletes it on close), so memory stays flat. */
export class ResponseShelf {
  readonly #db = new Database('');
  readonly #insert;

  constructor() {
    this.#db.pragma('journal_mode = OFF');
    this.#db.pragma('synchronous = OFF');
    this.#db.exec(`CREATE TABLE responses (prompt_hash BLOB, prompt TEXT, row INTEGER PRIMARY KEY, line INTEGER, response TEXT, unsafe INTEGER, categories TEXT);
      BEGIN`);
    this.#insert = this.#db.prepare('INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?)');
  }

  put(prompt: string, { row, line, response, verdict }: ShelvedResponse): void {
    this.#insert.run(hash('sha256', prompt, 'buffer'), prompt, row, line, response, Number(verdict.unsafe), JSON.stringify(verdict.categories));
  }

  /** Safe and unsafe responses to one prompt, in the order of the file. */
  *pairs(): Generator<{ prompt: string; safe: ShelvedResponse; unsafe: ShelvedResponse }> {
    const query = this.#db.prepare<[], StoredPair>(`WITH numbered AS MATERIALIZED (${numbered})
      SELECT safe.prompt, safe.row, safe.line, safe.response, safe.unsafe, safe.categories,
        other.row AS otherRow, other.line AS otherLine, other.response AS otherResponse, other.categories AS otherCategories
      FROM numbered safe JOIN numbered other ON other.prompt_hash = safe.prompt_hash AND other.place = safe.place AND other.unsafe = 1
      WHERE safe.unsafe = 0 ORDER BY max(safe.row, other.row)`);
    for (const stored of query.iterate()) {
      const { otherRow: row, otherLine: line, otherResponse: response, otherCategories: categories } = stored;
      yield { prompt: stored.prompt, safe: toResponse(stored), unsafe: toResponse({ prompt: stored.prompt, row, line, response, categories, unsafe: 1 }) };
    }
  }

  /** Responses that found no counterpart, in the order of the file. */
  *singles(): Generator<{ prompt: string; single: ShelvedResponse }> {
    const query = this.#db.prepare<[], StoredResponse>(`WITH numbered AS MATERIALIZED (${numbered})
      SELECT prompt, row, line, response, unsafe, categories FROM numbered lone
      WHERE NOT EXISTS (SELECT 1 FROM numbered other WHERE other.prompt_hash = lone.prompt_hash AND other.place = lone.place AND other.unsafe <> lone.unsafe)
      ORDER BY row`);
    for (const stored of query.iterate()) yield { prompt: stored.prompt, single: toResponse(stored) };
  }

  close(): void {
    this.#db.close();
  }
}

function toResponse({ row, line, response, unsafe, categories }: StoredResponse): ShelvedResponse {
  const names: unknown = JSON.parse(categories);
  const list = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return { row, line, response, verdict: { unsafe: unsafe === 1, severity: null, categories: list } };
}
