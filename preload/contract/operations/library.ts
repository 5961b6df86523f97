import { z } from 'zod';
import * as field from '../fields.ts';
import { command, desktopCommand, query, stream } from '../operation.ts';
import type { TaskProgress } from '../views.ts';

/** Where the library lies and what it holds. */
export interface LibraryView {
  readonly folder: string;
  /** Whether this start named it, by --library or SAFEDPO_LIBRARY: then the next one does, whatever is chosen here. */
  readonly namedAtStart: boolean;
  /** In bytes. */
  readonly parts: { readonly database: number; readonly runs: number; readonly exports: number; readonly rest: number };
  /** Why another library cannot be opened now, in a sentence; null when it can. */
  readonly busy: string | null;
}

/** A copy of the database, made when the app opened the library, daily, or when another copy took its place. */
export interface BackupView {
  readonly name: string;
  readonly at: string;
  readonly bytes: number;
  /** Whether it is what a restored backup took the place of. */
  readonly replaced: boolean;
}

/** What a chosen folder would come to. */
export interface LibraryTargetView {
  readonly folder: string;
  /** Projects of the library that lies there; null where a new one would be made. */
  readonly projects: number | null;
}

const chosen = z.strictObject({ folder: field.fileHandle });

/**
 * The folder of the library itself. Going to another one ends every stream with `library-changed`: pages load again.
 */
export const library = {
  describe: query<LibraryView>()(field.nothing),
  target: query<LibraryTargetView>()(chosen),
  /** Opens the library in the folder, or makes one there. Nothing is moved. */
  open: command<null>()(chosen),
  /** Copies this library to the folder, compares the copy, and opens it; the original stays as it is. */
  copy: command<{ readonly taskId: string }>()(chosen),
  copyFeed: stream<TaskProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  /** The newest first. */
  backups: query<readonly BackupView[]>()(field.nothing),
  /**
   * Puts a backup in the place of the database and opens the library again; what was there is kept among the backups.
   */
  restore: command<null>()(z.strictObject({ name: z.string().min(1).max(100) })),
  showFolder: desktopCommand<null>()(field.nothing),
};
