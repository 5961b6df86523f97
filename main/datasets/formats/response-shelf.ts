import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { ImportedVerdict } from '../store/pairs.ts';

/** A response waiting for its counterpart. */
export interface ShelvedResponse {
  readonly row: number;
  readonly line: number | null;
  readonly response: string;
  readonly verdict: ImportedVerdict;
}

const storedResponse = z.object({
  prompt: z.string(),
  row: z.number(),
  line: z.number().nullable(),
  response: z.string(),
  unsafe: z.number(),
  categories: z.string(),
});
const storedPair = storedResponse.extend({
  otherRow: z.number(),
  otherLine: z.number().nullable(),
  otherResponse: z.string(),
  otherCategories: z.string(),
});

/** Numbers the safe and the unsafe responses of each prompt in the order of the file: equal numbers make a pair. */
const numbered = 'SELECT *, row_number() OVER (PARTITION BY prompt_hash, unsafe ORDER BY row) AS place FROM responses';

/**
 * Pairs responses by prompt in a temporary database on disk, which is gone when it is closed, so memory stays flat.
 * Node's own SQLite: the reading process carries no native package.
 */
export class ResponseShelf {
  readonly #db = new DatabaseSync('');
  readonly #insert;

  constructor() {
    this.#db.exec(`PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      CREATE TABLE responses (prompt_hash BLOB, prompt TEXT, row INTEGER PRIMARY KEY, line INTEGER, response TEXT,
        unsafe INTEGER, categories TEXT);
      BEGIN`);
    this.#insert = this.#db.prepare('INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?)');
  }

  put(prompt: string, { row, line, response, verdict }: ShelvedResponse): void {
    this.#insert.run(
      hash('sha256', prompt, 'buffer'),
      prompt,
      row,
      line,
      response,
      Number(verdict.unsafe),
      JSON.stringify(verdict.categories),
    );
  }

  /** Safe and unsafe responses to one prompt, in the order of the file. */
  *pairs(): Generator<{ prompt: string; safe: ShelvedResponse; unsafe: ShelvedResponse }> {
    const query = this.#db.prepare(`WITH numbered AS MATERIALIZED (${numbered})
      SELECT safe.prompt, safe.row, safe.line, safe.response, safe.unsafe, safe.categories,
        other.row AS otherRow, other.line AS otherLine, other.response AS otherResponse,
        other.categories AS otherCategories
      FROM numbered safe JOIN numbered other ON other.prompt_hash = safe.prompt_hash AND other.place = safe.place
        AND other.unsafe = 1
      WHERE safe.unsafe = 0 ORDER BY max(safe.row, other.row)`);
    for (const row of query.iterate()) yield pairOf(storedPair.parse(row));
  }

  /** Responses that found no counterpart, in the order of the file. */
  *singles(): Generator<{ prompt: string; single: ShelvedResponse }> {
    const query = this.#db.prepare(`WITH numbered AS MATERIALIZED (${numbered})
      SELECT prompt, row, line, response, unsafe, categories FROM numbered lone
      WHERE NOT EXISTS (SELECT 1 FROM numbered other WHERE other.prompt_hash = lone.prompt_hash
        AND other.place = lone.place AND other.unsafe <> lone.unsafe)
      ORDER BY row`);
    for (const row of query.iterate()) {
      const stored = storedResponse.parse(row);
      yield { prompt: stored.prompt, single: toResponse(stored) };
    }
  }

  close(): void {
    this.#db.close();
  }
}

function pairOf(stored: z.output<typeof storedPair>): {
  prompt: string;
  safe: ShelvedResponse;
  unsafe: ShelvedResponse;
} {
  const { otherRow: row, otherLine: line, otherResponse: response, otherCategories: categories } = stored;
  return {
    prompt: stored.prompt,
    safe: toResponse(stored),
    unsafe: toResponse({ prompt: stored.prompt, row, line, response, categories, unsafe: 1 }),
  };
}

function toResponse({ row, line, response, unsafe, categories }: z.output<typeof storedResponse>): ShelvedResponse {
  const names: unknown = JSON.parse(categories);
  const list = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return { row, line, response, verdict: { unsafe: unsafe === 1, severity: null, categories: list } };
}
