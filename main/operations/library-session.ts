import type { LibraryChoice } from '../library/folder.ts';
import { databaseFailure } from '../library/library-failure.ts';
import { openLibraryAlone } from '../library/library-holder.ts';
import { createChanges, tell } from '../dispatch/changes.ts';
import { createDispatcher, type Dispatcher } from '../dispatch/dispatch.ts';
import type { ErrorLog } from '../diagnostics/error-log.ts';
import { createBackground } from './background.ts';
import type { Desktop, FolderLister, LibrarySwitch } from './context.ts';
import { createHandlers } from './handlers.ts';
import type { PickedFiles } from '../dispatch/picked-files.ts';

export interface SessionOptions {
  readonly choice: LibraryChoice;
  /** Where docs/errors.md and package.json lie. */
  readonly appFolder: string;
  readonly pickedFiles: PickedFiles;
  /** Exactly one of the two is there, by host. */
  readonly desktop: Desktop | null;
  readonly folders: FolderLister | null;
  /** The log of the app's own errors, by the library that is open. */
  openLog(libraryFolder: string): ErrorLog;
  /** Hears them as well. */
  report(error: unknown, where: string): void;
}

/** One open library with the services over it. */
export interface LibrarySession extends Dispatcher {
  readonly folder: string;
  report(error: unknown, where: string): void;
  /** Ends what goes on, and lets go of the library. */
  close(): Promise<void>;
  /** The same, when the calls that are being answered have been. */
  closeWhenIdle(): Promise<void>;
}

/** Throws what `openLibraryAlone` throws. */
export function openLibrarySession(options: SessionOptions, folder: string, libraries: LibrarySwitch): LibrarySession {
  const library = openLibraryAlone(folder);
  const { pickedFiles, desktop, folders, appFolder } = options;
  const log = options.openLog(library.dir);
  const report = (error: unknown, where: string): void => {
    log.write(error, where);
    options.report(error, where);
  };
  const background = createBackground(report);
  const changes = createChanges();
  const calls = new Set<Promise<unknown>>();
  const close = async (): Promise<void> => {
    await background.close();
    library.close();
  };
  try {
    const handlers = createHandlers({
      library,
      libraries,
      pickedFiles,
      background,
      changes,
      desktop,
      folders,
      appFolder,
      report,
      recentLog: () => log.tail(),
    });
    const dispatcher = createDispatcher(handlers, {
      desktop: desktop !== null,
      report,
      named: (error) => databaseFailure(error, library.dir),
      commanded: (operation) => tell(changes, operation),
    });
    return {
      folder: library.dir,
      report,
      call(name, input) {
        const answer = dispatcher.call(name, input);
        calls.add(answer);
        void answer.finally(() => calls.delete(answer));
        return answer;
      },
      subscribe: dispatcher.subscribe,
      close,
      async closeWhenIdle() {
        await Promise.all(calls);
        await close();
      },
    };
  } catch (error) {
    library.close();
    throw error;
  }
}
