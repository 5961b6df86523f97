import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A copy of the library's database, in the library's folder `backups`. */
export interface Backup {
  readonly name: string;
  /** When it was made, ISO 8601, UTC. */
  readonly at: string;
  readonly bytes: number;
  /** Whether it is what a restored backup took the place of. */
  readonly replaced: boolean;
}

const namePattern = /^(library|replaced)-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{3})Z\.sqlite$/;

export function backupFolder(libraryDir: string): string {
  return join(libraryDir, 'backups');
}

/** The name of a copy made at a time: it sorts by time, and has no character that a file system refuses. */
export function backupName(kind: 'library' | 'replaced', at: Date): string {
  return `${kind}-${at.toISOString().replaceAll(/[:.]/g, '-')}.sqlite`;
}

/** The backups of a library, the newest first. */
export function listBackups(libraryDir: string): Backup[] {
  const folder = backupFolder(libraryDir);
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder).flatMap((name): Backup[] => {
    const [, kind, day, hour, minute, second, milliseconds] = namePattern.exec(name) ?? [];
    return kind === undefined
      ? []
      : [
          {
            name,
            at: `${day}T${hour}:${minute}:${second}.${milliseconds}Z`,
            bytes: statSync(join(folder, name)).size,
            replaced: kind === 'replaced',
          },
        ];
  });
  return found.sort((left, right) => (left.at < right.at ? 1 : -1));
}

const mostBackups = 5;
/** Of one day: more starts of the app must not push the days before out. */
const mostOfOneDay = 2;
const mostReplaced = 2;

/** The backups that are one too many: beyond 5 in all, 2 of a day, and 2 of what restored ones replaced. */
export function expiredBackups(backups: readonly Backup[]): Backup[] {
  const perDay = new Map<string, number>();
  const kept = backups.filter(({ replaced, at }) => {
    const day = at.slice(0, 10);
    if (replaced || (perDay.get(day) ?? 0) >= mostOfOneDay) return false;
    perDay.set(day, (perDay.get(day) ?? 0) + 1);
    return true;
  });
  const keptNames = new Set(
    [...kept.slice(0, mostBackups), ...backups.filter(({ replaced }) => replaced).slice(0, mostReplaced)].map(
      ({ name }) => name,
    ),
  );
  return backups.filter(({ name }) => !keptNames.has(name));
}
