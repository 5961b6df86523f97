import { randomBytes } from 'node:crypto';
import { Failure, badInput } from '../../native-models/failure.ts';
import type { Handlers, Sink, Unsubscribe } from '../../preload/contract/contract.ts';
import type { LongOperation } from '../../preload/contract/operations/tasks.ts';
import type { TaskProgress, TaskSubject } from '../../preload/contract/views.ts';
import { tell as tellChanges } from '../dispatch/changes.ts';
import { internalError } from '../dispatch/dispatch.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';
import { databaseFailure } from '../library/library-failure.ts';
import type { HandlerContext } from './context.ts';
import { createPace } from './pace.ts';

/** What a piece of long work is given. */
export interface TaskSteps<Progress> {
  readonly taskId: string;
  /** Aborted when a person stops the task, or the host closes. */
  readonly signal: AbortSignal;
  /** Says what has changed; the time left follows from `fraction` where it is not given. */
  progress(change: Partial<Progress>): void;
}

/** Long work of one kind that goes on in this process. */
export interface Tasks<Progress> {
  /**
   * Starts `work` and returns the task's id at once. The progress begins as `first` and ends as `done` with what `work`
   * returns, or with the error that it throws (`stopped` where a person or the host ended it).
   */
  start(
    about: TaskSubject,
    first: Progress,
    work: (steps: TaskSteps<Progress>) => Promise<Partial<Progress> | undefined>,
  ): string;
  /** The newest progress. Throws `unknown-task`. */
  latest(taskId: string): Progress;
  /** Throws `unknown-task`. */
  follow(taskId: string, sink: Sink<Progress>): Unsubscribe;
}

/** The progress of work that begins. */
export function starting(doing: string, fraction: number | null = null): TaskProgress {
  return { state: 'running', fraction, secondsLeft: null, doing, error: null };
}

const done = { state: 'done', fraction: 1, secondsLeft: 0, doing: 'Done' } as const;

/**
 * `operation` is what starts them: errors that are not `Failure`s are reported under its name, and pages hear that what
 * it changes has changed when one ends.
 */
export function createTasks<Progress extends TaskProgress>(
  operation: LongOperation,
  { library, background, changes, report }: Pick<HandlerContext, 'library' | 'background' | 'changes' | 'report'>,
): Tasks<Progress> {
  interface Task {
    readonly topic: Topic<Progress>;
    latest: Progress;
  }
  const tasks = new Map<string, Task>();

  const find = (taskId: string): Task => {
    const task = tasks.get(taskId);
    if (task === undefined)
      throw badInput('unknown-task', `Nothing called ${taskId} was started since the app was opened.`, { taskId });
    return task;
  };

  return {
    start({ projectId, name }, first, work) {
      const taskId = randomBytes(8).toString('hex');
      const task: Task = { topic: createTopic<Progress>(), latest: first };
      tasks.set(taskId, task);
      const abort = new AbortController();
      const pace = createPace();
      const publish = (progress: Progress): void => {
        task.latest = progress;
        const { state, doing, fraction, secondsLeft } = progress;
        if (state === 'running')
          background.running.set({ taskId, operation, about: { projectId, name }, doing, fraction, secondsLeft }, () =>
            abort.abort(),
          );
        else background.running.remove(taskId);
        task.topic.publish(progress);
      };
      const progress = (change: Partial<Progress>): void => {
        const secondsLeft = change.fraction === undefined ? task.latest.secondsLeft : pace(change.fraction);
        publish({ ...task.latest, secondsLeft, ...change });
      };
      publish(first);
      const signal = AbortSignal.any([abort.signal, background.signal]);
      const ending = work({ taskId, signal, progress })
        .then((result) => publish({ ...task.latest, ...done, ...result }))
        .catch((error: unknown) => {
          const failure = databaseFailure(error, library.dir);
          if (!(failure instanceof Failure)) report(error, operation);
          publish({ ...task.latest, ...endedWith(failure instanceof Failure ? failure : internalError(operation)) });
        });
      background.trackTask(ending.then(() => tellChanges(changes, operation)));
      return taskId;
    },
    latest: (taskId) => find(taskId).latest,
    follow: (taskId, sink) => find(taskId).topic.subscribe(sink),
  };
}

export function tasksHandlers({ background }: HandlerContext): Handlers['tasks'] {
  return {
    watch: (_, sink) => background.running.topic.subscribe(sink),
    stop({ taskId }) {
      background.running.stop(taskId);
      return null;
    },
  };
}

/** The progress fields of work that ended with an error: stopped when the person asked for it. */
function endedWith(error: Failure): Pick<TaskProgress, 'state' | 'secondsLeft' | 'doing' | 'error'> {
  const stopped = error.kind === 'interrupted';
  return {
    state: stopped ? 'stopped' : 'failed',
    secondsLeft: null,
    doing: stopped ? 'Stopped' : 'Failed',
    error: stopped ? null : error.toJSON(),
  };
}
