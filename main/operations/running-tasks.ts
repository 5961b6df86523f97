import { badInput } from '../../native-models/failure.ts';
import type { RunningTask } from '../../preload/contract/operations/tasks.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';

/** The long work of this process and of its engines: what pages list and stop. */
export interface RunningTasks {
  readonly list: readonly RunningTask[];
  readonly topic: Topic<readonly RunningTask[]>;
  /** Adds a task, or says how far it is; `stop` asks it to end. */
  set(task: Omit<RunningTask, 'stopping'>, stop: () => void): void;
  remove(taskId: string): void;
  /** Throws `unknown-task` for a name that was never used; a task that has ended is left as it is. */
  stop(taskId: string): void;
}

export function createRunningTasks(): RunningTasks {
  const running = new Map<string, { readonly task: RunningTask; readonly stop: () => void }>();
  const ended = new Set<string>();
  const topic = createTopic<readonly RunningTask[]>();
  const list = (): RunningTask[] => [...running.values()].map(({ task }) => task);
  const put = (task: RunningTask, stop: () => void): void => {
    running.set(task.taskId, { task, stop });
    topic.publish(list());
  };
  topic.publish([]);
  return {
    topic,
    get list() {
      return list();
    },
    set: (task, stop) => put({ ...task, stopping: running.get(task.taskId)?.task.stopping ?? false }, stop),
    remove(taskId) {
      if (!running.delete(taskId)) return;
      ended.add(taskId);
      topic.publish(list());
    },
    stop(taskId) {
      const found = running.get(taskId);
      if (found === undefined) {
        if (ended.has(taskId)) return;
        throw badInput('unknown-task', `Nothing called ${taskId} was started since the app was opened.`, { taskId });
      }
      found.stop();
      put({ ...found.task, stopping: true }, found.stop);
    },
  };
}
