import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { failureOf } from '../../native-models/protocol/event-line.ts';
import { parseTaskEvent, type TaskEvents } from '../../native-models/protocol/task-events.ts';
import type { EngineTasks, TaskName } from '../../native-models/protocol/tasks.ts';
import { Failure, failed } from '../../native-models/failure.ts';
import { engineCommand } from './engine-command.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

const lastLines = 20;

/**
 * Runs one task in an engine process of its own and yields its events, `done` last. Leaving the loop or aborting
 * `signal` ends the process. Throws the failure the engine reports, `engine-crashed` with its last lines when it ends
 * without a word, or `task-cancelled`.
 */
export async function* runTask<Name extends TaskName>(
  name: Name,
  task: EngineTasks[Name],
  signal?: AbortSignal,
): AsyncGenerator<TaskEvents[Name]> {
  const isCancelled = (): boolean => signal?.aborted === true;
  if (isCancelled()) throw taskCancelled(name);
  const { executable, arguments: commandArguments, environment } = engineCommand(providerOf(task), name);
  const child = spawn(executable, commandArguments, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line) > lastLines && log.shift());
  const stop = () => void child.kill();
  signal?.addEventListener('abort', stop);
  // The engine may end before it has read everything; its exit says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(task));
  let done = false;
  let failure: Failure | null = null;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = parseTaskEvent(name, line);
      done = event.event === 'done';
      if (event.event === 'error') failure = failureOf(event);
      else if (failure === null) yield event;
    }
    const [code, endedBy] = await ended;
    if (isCancelled()) throw taskCancelled(name);
    // The runtime says why a provider does not load beside what it throws.
    if (failure !== null)
      throw failure.code === 'provider-unavailable'
        ? new Failure(failure.kind, failure.code, failure.message, { ...failure.details, log })
        : failure;
    if (!done)
      throw engineCrashed(
        name,
        typeof code === 'number' ? code : null,
        typeof endedBy === 'string' ? endedBy : null,
        log,
      );
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function taskCancelled(task: string): Failure {
  return new Failure('interrupted', 'task-cancelled', `The task ${task} was cancelled.`, { task });
}

/** The failure for an engine that ended without saying why; `log` are its last lines. */
export function engineCrashed(
  task: string,
  code: number | null,
  signal: string | null,
  log: readonly string[],
): Failure {
  const unseen = signal === null && code === null;
  const how = unseen ? 'without a word' : signal === null ? `with exit code ${code}` : `by signal ${signal}`;
  const killed =
    unseen || signal === 'SIGKILL'
      ? ' The system ends processes this way when memory runs out: if it was short, try smaller batches or a ' +
        'shorter maximum length.'
      : '';
  const tail = log.length === 0 ? '' : ` Its last lines:\n${log.join('\n')}`;
  return failed('engine-crashed', `The engine ended ${how} during ${task}.${killed}${tail}`, {
    task,
    exitCode: code,
    signal,
    log: [...log],
  });
}

function providerOf(task: EngineTasks[TaskName]): ProviderName {
  if ('settings' in task) return task.settings.provider;
  return 'device' in task ? task.device.provider : 'cpu';
}
