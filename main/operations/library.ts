import { badInput } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { listBackups } from '../library/backup-files.ts';
import { copyLibrary, removeCopy } from '../library/copy-library.ts';
import { libraryParts } from '../library/library-parts.ts';
import { libraryTarget, type LibraryTarget } from '../library/library-target.ts';
import { listRuns } from '../runs/runs.ts';
import type { HandlerContext } from './context.ts';
import { needDesktop } from './files.ts';
import { isAtRest, progressView } from './run-views.ts';
import { createTasks, starting } from './tasks.ts';

export function libraryHandlers(context: HandlerContext): Handlers['library'] {
  const { library, libraries, pickedFiles, desktop, background } = context;
  const tasks = createTasks<TaskProgress>('library.copy', context);
  const targetOf = (handle: string): LibraryTarget => {
    const target = libraryTarget(pickedFiles.pathOf(handle), library.dir);
    pickedFiles.requireAllowed(target.folder);
    return target;
  };
  /** `ownTasks`: how many tasks the asker itself is. */
  const whyBusy = (ownTasks: number): string | null => {
    const active = listRuns(library).find((run) => !isAtRest(progressView(library, run)));
    if (active !== undefined) return `Run ${active.name} is not at rest. Wait for its end, or stop it.`;
    return background.tasks > ownTasks
      ? 'An import, an evaluation, an export or a copy is going on. Wait for its end, or stop it.'
      : null;
  };
  const requireRest = (ownTasks = 0): void => {
    const reason = whyBusy(ownTasks);
    if (reason !== null)
      throw badInput('library-busy', `The library in ${library.dir} is being worked on. ${reason}`, {
        folder: library.dir,
      });
  };

  return {
    describe: async () => ({
      folder: library.dir,
      namedAtStart: libraries.namedAtStart,
      parts: await libraryParts(library.dir),
      busy: whyBusy(0),
    }),
    target: ({ folder }) => targetOf(folder),
    open({ folder }) {
      requireRest();
      libraries.reopen(targetOf(folder).folder);
      return null;
    },
    copy({ folder }) {
      requireRest();
      const target = targetOf(folder);
      if (target.projects !== null)
        throw badInput(
          'library-folder-occupied',
          `${target.folder} holds a library already. Open it, or choose an empty folder.`,
          { folder: target.folder },
        );
      const about = { projectId: null, name: 'the library' };
      const first = starting(`Copying to ${target.folder}, and comparing`, 0);
      const taskId = tasks.start(about, first, async ({ signal, progress }) => {
        const finish = await copyLibrary(library, target.folder, {
          signal,
          onProgress: (copied, total) => progress({ fraction: total === 0 ? 1 : copied / total }),
        });
        try {
          requireRest(1);
          finish();
          libraries.reopen(target.folder);
        } catch (error) {
          await removeCopy(library.dir, target.folder);
          throw error;
        }
        return undefined;
      });
      return { taskId };
    },
    copyFeed: ({ taskId }, sink) => tasks.follow(taskId, sink),
    backups: () => listBackups(library.dir),
    async restore({ name }) {
      requireRest();
      await libraries.restore(name);
      return null;
    },
    async showFolder() {
      await needDesktop(desktop).openFolder(library.dir);
      return null;
    },
  };
}
