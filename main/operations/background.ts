import { Failure } from '../../native-models/failure.ts';
import { createRunningTasks, type RunningTasks } from './running-tasks.ts';

/** Work that goes on after its call was answered. The library closes only after all of it has ended. */
export interface Background {
  /** Aborted when the host closes. */
  readonly signal: AbortSignal;
  track(work: Promise<unknown>): void;
  /** Tracks work that a person asked for and waits for: an import, an evaluation, an export. */
  trackTask(work: Promise<unknown>): void;
  /** How many of those are going on. */
  readonly tasks: number;
  /** Those, and the runs whose engines work: each with its progress and a way to stop it. */
  readonly running: RunningTasks;
  /** Asks everything to end and waits for it. Engines that train are processes of their own and go on. */
  close(): Promise<void>;
}

/** `report` hears errors of tracked work that are not `Failure`s and that its caller left. */
export function createBackground(report: (error: unknown, where: string) => void): Background {
  const abort = new AbortController();
  const open = new Set<Promise<unknown>>();
  let tasks = 0;
  const track = (work: Promise<unknown>): void => {
    open.add(work);
    // Left alone, a rejection would end the process.
    void work
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) report(error, 'background work');
      })
      .then(() => open.delete(work));
  };
  return {
    signal: abort.signal,
    running: createRunningTasks(),
    track,
    trackTask(work) {
      tasks += 1;
      track(
        work.finally(() => {
          tasks -= 1;
        }),
      );
    },
    get tasks() {
      return tasks;
    },
    async close() {
      abort.abort();
      await Promise.allSettled(open);
    },
  };
}
