import { Failure } from '../../native-models/failure.ts';
import type { TaskActivity } from '../../preload/contract/views.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';

/** Work that goes on after its call was answered. The library closes only after all of it has ended. */
export interface Background {
  /** Aborted when the host closes. */
  readonly signal: AbortSignal;
  track(work: Promise<unknown>): void;
  /** Tracks work that a person asked for and waits for: an import, an evaluation, an export. */
  trackTask(work: Promise<unknown>): void;
  /** How many of those are going on. */
  readonly tasks: number;
  /** What they are doing, the one that began first first; tells every page that follows it. */
  readonly activities: Activities;
  /** Asks everything to end and waits for it. Engines that train are processes of their own and go on. */
  close(): Promise<void>;
}

export interface Activities {
  /** Tells how a task stands; `null` when it has ended. */
  tell(taskId: string, activity: TaskActivity | null): void;
  readonly list: readonly TaskActivity[];
  readonly topic: Topic<readonly TaskActivity[]>;
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
    activities: createActivities(),
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

function createActivities(): Activities {
  const going = new Map<string, TaskActivity>();
  const topic = createTopic<readonly TaskActivity[]>();
  return {
    topic,
    get list() {
      return [...going.values()];
    },
    tell(taskId, activity) {
      if (activity === null) going.delete(taskId);
      else going.set(taskId, activity);
      topic.publish([...going.values()]);
    },
  };
}
