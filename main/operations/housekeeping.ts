import { backUp } from '../library/back-up.ts';
import { listBackups } from '../library/backup-files.ts';
import { abandonDeadImports } from '../datasets/store/datasets.ts';
import { transact } from '../library/transact.ts';
import { writeBack } from '../library/write-back.ts';
import { removeListedFolders } from '../runs/folders-to-remove.ts';
import type { HandlerContext } from './context.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Keeps a library in order while it is open: clears what killed processes left behind (half imports, folders of runs
 * that were deleted or never stored), backs the database up now and daily, and writes the log back into it every
 * minute.
 */
export function keepHouse({
  library,
  background,
  report,
}: Pick<HandlerContext, 'library' | 'background' | 'report'>): void {
  if (library.readOnly !== null) return;
  const doing = (what: string, work: () => Promise<unknown>): void =>
    background.track(
      work().catch((error: unknown) => {
        // A library that is being closed ends the work, which begins again at the next start.
        if (!background.signal.aborted) report(error, what);
      }),
    );
  const clear = async (): Promise<void> => {
    transact(library, () => abandonDeadImports(library));
    await removeListedFolders(library);
  };
  const every = setInterval(() => {
    writeBack(library);
    const newest = listBackups(library.dir).find(({ replaced }) => !replaced);
    if (newest === undefined || Date.now() - Date.parse(newest.at) > day)
      doing('backing up the library', () => backUp(library));
  }, minute).unref();
  background.signal.addEventListener('abort', () => clearInterval(every), { once: true });
  doing('clearing what was left behind', clear);
  doing('backing up the library', () => backUp(library));
}
