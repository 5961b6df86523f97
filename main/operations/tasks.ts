import { randomBytes } from 'node:crypto';
import { Failure, badInput } from '../../native-models/failure.ts';
import type { Sink, Unsubscribe } from '../../preload/contract/contract.ts';
import type { ErrorView, TaskProgress, TaskSubject } from '../../preload/contract/views.ts';
import { databaseFailure } from '../library/library-failure.ts';
import { tell as tellChanges } from '../dispatch/changes.ts';
import { internalError } from '../dispatch/dispatch.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';
import type { HandlerContext } from './context.ts';

interface Task<Progress> {
  readonly topic: Topic<Progress>;
  readonly abort: AbortController;
}

/** Long work of one kind that goes on in this process: each piece has a name, a progress topic and a way to stop it. */
export interface Tasks<Progress> {
  /**
   * Starts `work` and returns the task's name at once; `ended` makes the last progress of a
   * failure.
   */
  start(
    about: TaskSubject,
    work: (publish: (progress: Progress) => void, signal: AbortSignal) => Promise<void>,
    ended: (error: Failure) => Progress,
  ): string;
  /** Throws `unknown-task`. */
  follow(taskId: string, sink: Sink<Progress>): Unsubscribe;
  /** Throws `unknown-task`. */
  stop(taskId: string): void;
}

/**
 * `operation` is what starts them: errors that are not `Failure`s are reported under its name, and pages hear that what
 * it changes has changed when one ends.
 */
export function createTasks<Progress extends TaskProgress>(
  operation: string,
  { library, background, changes, report }: Pick<HandlerContext, 'library' | 'background' | 'changes' | 'report'>,
): Tasks<Progress> {
  const tasks = new Map<string, Task<Progress>>();

  const find = (taskId: string): Task<Progress> => {
    const task = tasks.get(taskId);
    if (task === undefined)
      throw badInput('unknown-task', `Nothing called ${taskId} was started since the app was opened.`, { taskId });
    return task;
  };

  return {
    start({ projectId, name }, work, ended) {
      const taskId = randomBytes(8).toString('hex');
      const task = { topic: createTopic<Progress>(), abort: new AbortController() };
      tasks.set(taskId, task);
      const signal = AbortSignal.any([task.abort.signal, background.signal]);
      const tell = ({ state, doing, fraction, secondsLeft }: Omit<TaskProgress, 'error'>): void =>
        background.activities.tell(
          taskId,
          state === 'running' ? { taskId, operation, about: { projectId, name }, doing, fraction, secondsLeft } : null,
        );
      tell({ state: 'running', doing: 'Starting', fraction: null, secondsLeft: null });
      const publish = (progress: Progress): void => {
        tell(progress);
        task.topic.publish(progress);
      };
      const ending = work(publish, signal)
        .catch((error: unknown) => {
          const failure = databaseFailure(error, library.dir);
          if (!(failure instanceof Failure)) report(error, operation);
          publish(ended(failure instanceof Failure ? failure : internalError(operation)));
        })
        .finally(() => background.activities.tell(taskId, null));
      background.trackTask(ending.then(() => tellChanges(changes, operation)));
      return taskId;
    },
    follow: (taskId, sink) => find(taskId).topic.subscribe(sink),
    stop: (taskId) => find(taskId).abort.abort(),
  };
}

/** The progress fields of work that ended with an error: stopped when the person asked for it. */
export function endedWith(error: Failure): {
  readonly state: 'stopped' | 'failed';
  readonly secondsLeft: null;
  readonly doing: string;
  readonly error: ErrorView | null;
} {
  const stopped = error.kind === 'interrupted';
  return {
    state: stopped ? 'stopped' : 'failed',
    secondsLeft: null,
    doing: stopped ? 'Stopped' : 'Failed',
    error: stopped ? null : error.toJSON(),
  };
}
