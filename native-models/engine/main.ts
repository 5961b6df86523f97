import { text } from 'node:stream/consumers';
import { Failure, badInput, failed } from '../failure.ts';
import { exportModel } from './export/export.ts';
import { generate } from './infer/generate.ts';
import { readJob } from '../protocol/run-folder/job.ts';
import { lockRunFolder } from '../protocol/run-folder/lock.ts';
import { score } from './infer/score.ts';
import { scoreOnnx } from './export/score-onnx.ts';
import { selfTest } from './probe/self-test.ts';
import type {
  CheckWeightsTask,
  ExportTask,
  GenerateTask,
  ScoreOnnxTask,
  ScoreTask,
  SelfTestTask,
  TimeStepsTask,
} from '../protocol/tasks.ts';
import { timeSteps } from './probe/time-steps.ts';
import { train } from './train/recipe.ts';
import { checkWeights } from './export/weight-check/check-weights.ts';

/**
 * The engine process: `train RUN_FOLDER`, or a task name with its JSON on standard input. The services made the task
 * and
 * checked it; this is the other end of a pipe between two halves of one program.
 */

const exitCodes: { readonly [kind in Failure['kind']]: number } = {
  input: 2,
  capacity: 3,
  internal: 1,
  interrupted: 130,
};

function write(event: object): void {
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

async function task<Task>(): Promise<Task> {
  return JSON.parse(await text(process.stdin));
}

async function runTraining(runFolder: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  process.on('SIGHUP', () => process.stderr.write('the terminal went away; training goes on\n'));
  // What is no run folder is said to be none, before a lock is looked for in it.
  await readJob(runFolder);
  const release = lockRunFolder(runFolder);
  try {
    await train(runFolder, stop.signal);
  } finally {
    release();
  }
}

async function run([name = '', runFolder = '']: readonly string[]): Promise<void> {
  switch (name) {
    case 'train':
      return runTraining(runFolder);
    case 'score':
      return score(await task<ScoreTask>(), write);
    case 'score-onnx':
      return scoreOnnx(await task<ScoreOnnxTask>(), write);
    case 'generate':
      return generate(await task<GenerateTask>(), write);
    case 'export':
      return exportModel(await task<ExportTask>(), write);
    case 'check-weights':
      return checkWeights(await task<CheckWeightsTask>(), write);
    case 'self-test':
      return selfTest(await task<SelfTestTask>(), write);
    case 'time-steps':
      return timeSteps(await task<TimeStepsTask>(), write);
    default:
      throw badInput('engine-task-unknown', `The engine has no task "${name}".`, { value: name });
  }
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
