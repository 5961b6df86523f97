import { badInput } from '../../native-models/failure.ts';
import { holdLibrary } from '../library/library-holder.ts';
import { restoreBackup } from '../library/restore-backup.ts';
import type { Dispatcher } from '../dispatch/dispatch.ts';
import type { LibrarySwitch } from './context.ts';
import { openLibrarySession, type LibrarySession, type SessionOptions } from './library-session.ts';

/** The services over the open library, behind one dispatcher that stays the same when another library is opened. */
export interface Services {
  readonly dispatcher: Dispatcher;
  /** Of the library that is open now. */
  readonly libraryFolder: string;
  report(error: unknown, where: string): void;
  /** Ends what goes on in this process, and lets go of the library. */
  close(): Promise<void>;
}

/** Stands for the library while its database is exchanged. */
function betweenLibraries({ folder, report }: LibrarySession): LibrarySession {
  const changing = badInput(
    'library-changed',
    `The library in ${folder} is being opened again. The page loads again.`,
    { folder },
  ).toJSON();
  const nothing = async (): Promise<void> => {};
  return {
    folder,
    report,
    close: nothing,
    closeWhenIdle: nothing,
    call: async () => ({ error: changing }),
    subscribe(_name, _input, _after, listener) {
      listener.fail(changing);
      return () => {};
    },
  };
}

/** Opens the library in `folder`. Throws what `openLibraryAlone` throws. */
export function openServices(options: SessionOptions, folder: string): Services {
  /** Ends an open stream because another library was opened. */
  const streams = new Set<() => void>();
  let closing: Promise<unknown> = Promise.resolve();

  const libraries: LibrarySwitch = {
    namedAtStart: options.choice.namedAtStart,
    reopen(other) {
      const [before, next] = [current, openLibrarySession(options, other, libraries)];
      try {
        options.choice.remember(other);
      } catch (error) {
        closing = Promise.all([closing, next.close()]);
        throw error;
      }
      current = next;
      closing = Promise.all([
        closing,
        before.closeWhenIdle().catch((error: unknown) => next.report(error, 'closing the library')),
      ]);
      [...streams].forEach((end) => end());
    },
    async restore(backup) {
      const before = current;
      const { folder } = before;
      current = betweenLibraries(before);
      await before.close();
      try {
        const release = holdLibrary(folder);
        try {
          restoreBackup(folder, backup);
        } finally {
          release();
        }
      } finally {
        current = openLibrarySession(options, folder, libraries);
        [...streams].forEach((end) => end());
      }
    },
  };
  let current = openLibrarySession(options, folder, libraries);

  return {
    dispatcher: {
      call: (name, input) => current.call(name, input),
      subscribe(name, input, after, listener) {
        const leave = current.subscribe(name, input, after, listener);
        const end = (): void => {
          stop();
          listener.fail(
            badInput('library-changed', `The library in ${current.folder} was opened. The page loads again.`, {
              folder: current.folder,
            }).toJSON(),
          );
        };
        const stop = (): void => {
          streams.delete(end);
          leave();
        };
        streams.add(end);
        return stop;
      },
    },
    get libraryFolder() {
      return current.folder;
    },
    report: (error, where) => current.report(error, where),
    async close() {
      await Promise.all([closing, current.close()]);
    },
  };
}
