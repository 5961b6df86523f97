import { text } from 'node:stream/consumers';
import { Failure, badInput, exitCodes, failed } from '../failure.ts';
import { exportModel } from './export/export.ts';
import { generate } from './infer/generate.ts';
import { readJob } from '../protocol/run-folder/job.ts';
import { lockRunFolder } from '../protocol/run-folder/lock.ts';
import { score } from './infer/score.ts';
import { scoreOnnx } from './export/score-onnx.ts';
import { selfTest } from './probe/self-test.ts';
import type { ErrorEvent } from '../protocol/event-line.ts';
import type { TaskEvents } from '../protocol/task-events.ts';
import type { EngineTasks, TaskName } from '../protocol/tasks.ts';
import { timeSteps } from './probe/time-steps.ts';
import { train } from './train/train.ts';
import { checkWeights } from './export/check-weights.ts';

/**
 * The engine process: `train RUN_FOLDER`, or a task name with its JSON on standard input. The services made the task
 * and checked it; this is the other end of a pipe between two halves of one program.
 */

function write(event: TaskEvents[TaskName] | ErrorEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return failed(
    'engine-failed',
    `The engine failed: ${error instanceof Error ? error.message : String(error)}.`,
    {},
    { cause: error },
  );
}

const tasks: {
  readonly [Name in TaskName]: (task: EngineTasks[Name], write: (event: TaskEvents[Name]) => void) => Promise<void>;
} = {
  score,
  'score-onnx': scoreOnnx,
  generate,
  export: exportModel,
  'check-weights': checkWeights,
  'self-test': selfTest,
  'time-steps': timeSteps,
};

async function runTask<Name extends TaskName>(name: Name): Promise<void> {
  const task: EngineTasks[Name] = JSON.parse(await text(process.stdin));
  await tasks[name](task, write);
}

async function runTraining(runFolder: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  process.on('SIGHUP', () => process.stderr.write('the terminal was closed; training continues\n'));
  // What is no run folder is said to be none, before a lock is looked for in it.
  await readJob(runFolder);
  const release = lockRunFolder(runFolder);
  try {
    await train(runFolder, stop.signal);
  } finally {
    release();
  }
}

function isTask(name: string): name is TaskName {
  return Object.hasOwn(tasks, name);
}

async function run([name = '', runFolder = '']: readonly string[]): Promise<void> {
  if (name === 'train') return runTraining(runFolder);
  if (isTask(name)) return runTask(name);
  throw badInput('engine-task-unknown', `The engine has no task "${name}".`, { value: name });
}

// Started by hand, too, what it writes into a run can be read by its owner alone.
process.umask(0o077);
try {
  await run(process.argv.slice(2));
} catch (error) {
  const failure = asFailure(error);
  process.stderr.write(
    `${failure.stack ?? failure.message}\n${failure.cause instanceof Error ? `${failure.cause.stack}\n` : ''}`,
  );
  write({ event: 'error', error: failure.toJSON(), exitCode: exitCodes[failure.kind] });
  process.exitCode = exitCodes[failure.kind];
}
