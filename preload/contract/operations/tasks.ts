import { z } from 'zod';
import * as field from '../fields.ts';
import { command, stream } from '../operation.ts';
import type { TaskSubject } from '../views.ts';

/** The operations that start work which goes on after they have answered. */
export type LongOperation =
  | 'datasets.import'
  | 'review.lint'
  | 'review.suggest'
  | 'runs.start'
  | 'evaluation.start'
  | 'exports.start'
  | 'library.copy';

/** Long work that is going on now, whichever page started it. */
export interface RunningTask {
  /** For a run, its id. */
  readonly taskId: string;
  readonly operation: LongOperation;
  readonly about: TaskSubject;
  /** One line for the person: what it is doing now. */
  readonly doing: string;
  /** From 0 to 1; `null` while the total is not known. */
  readonly fraction: number | null;
  readonly secondsLeft: number | null;
  /** Whether it has been asked to stop and has not ended yet. */
  readonly stopping: boolean;
}

/** All long work, of every kind. What it produces is followed by the progress stream of its own domain. */
export const tasks = {
  /** All of it each time something changes, in the order it was started. */
  watch: stream<readonly RunningTask[]>('latest')(field.nothing),
  /** Asks for the work to end; a run writes a checkpoint first. Work that has ended already is left as it is. */
  stop: command<null>()(z.strictObject({ taskId: field.taskId })),
};
