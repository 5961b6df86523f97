import type { Library } from './library.ts';
import { oncePerLibrary } from './once-per-library.ts';

/** Small values of a library by key, as JSON: preferences, names of runs, the settings of a project's next run. */

const stored = oncePerLibrary(({ db }) =>
  db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck(),
);

/** The value of a key; `undefined` where there is none. Its reader parses what it may be. */
export function readValue(library: Library, key: string): unknown {
  const text = stored(library).get(key);
  return text === undefined ? undefined : JSON.parse(text);
}

export function writeValue({ db }: Library, key: string, value: unknown): void {
  db.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(key, JSON.stringify(value));
}

export function removeValue({ db }: Library, key: string): void {
  db.prepare('DELETE FROM settings WHERE key = ?').run(key);
}
