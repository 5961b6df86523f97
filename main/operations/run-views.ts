import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import type {
  RunDetail,
  RunEvent,
  RunProgress,
  RunState,
  RunSummary,
  StepMetrics,
} from '../../preload/contract/operations/runs.ts';
import type { RunningTask } from '../../preload/contract/operations/tasks.ts';
import type { ErrorView } from '../../preload/contract/views.ts';
import type { Library } from '../library/library.ts';
import { finalMetrics, lastCheckpointStep } from '../runs/run-index.ts';
import { runSettings, runStanding, type RunRecord, type RunStanding } from '../runs/runs.ts';
import { type RunCommand, readControl } from '../../native-models/protocol/run-folder/control.ts';
import type { RunStatus } from '../../native-models/protocol/run-folder/status.ts';
import type { TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';

const states: { readonly [state in RunStatus['state']]: RunState } = {
  starting: 'starting',
  reference: 'starting',
  training: 'running',
  evaluating: 'running',
  paused: 'paused',
  stopped: 'stopped',
  done: 'done',
  failed: 'failed',
};

/** What a run that trains is about to do, by what it was told. */
const asked: { readonly [command in RunCommand]: RunState } = {
  run: 'running',
  pause: 'pausing',
  stop: 'stopping',
};

const atRest: ReadonlySet<RunState> = new Set(['stopped', 'done', 'failed']);

/** Whether nothing more happens to a run by itself. */
export function isAtRest(progress: RunProgress): boolean {
  return atRest.has(progress.state);
}

/** How far a run is, from its folder: the engine's last word, and the truth when the engine died without one. */
export function progressView(library: Library, run: RunRecord): RunProgress {
  const standing = runStanding(run);
  const { status, live } = standing;
  // A folder that may come back: the row keeps what it knew.
  const said = standing.lost ? 'failed' : (states[status?.state ?? run.state] ?? 'failed');
  const died = !live && !atRest.has(said);
  const [step, steps] = [status?.step ?? run.step, status?.totalSteps ?? run.steps];
  return {
    runId: run.id,
    name: run.name,
    state: died ? 'failed' : said === 'running' ? asked[readControl(run.folder)] : said,
    step,
    steps,
    epoch: steps === 0 || run.settings === null ? 0 : (run.settings.epochs * step) / steps,
    pairsPerSecond: status?.pairsPerSecond ?? null,
    tokensPerSecond: status?.tokensPerSecond ?? null,
    memoryBytes: status?.peakMemoryBytes ?? null,
    secondsLeft: live ? (status?.secondsLeft ?? null) : null,
    alarm: live ? (status?.alarm ?? null) : null,
    reference: live ? (status?.reference ?? null) : null,
    lastCheckpointStep: lastCheckpointStep(library, run.id),
    heartbeatAt: status?.heartbeatAt ?? null,
    error: errorOf(run, standing, died),
  };
}

function errorOf(run: RunRecord, { status, problem }: RunStanding, died: boolean): ErrorView | null {
  if (problem !== null) return problem.toJSON();
  const { code, message } = status?.error ?? run.failure ?? {};
  if (code !== undefined && message !== undefined) return { code, message, details: {} };
  return died
    ? {
        code: 'engine-crashed',
        message: 'The engine ended without a word. Resuming continues from the last checkpoint.',
        details: { run: run.id },
      }
    : null;
}

const doing: { readonly [state in RunState]: string } = {
  starting: 'Preparing to train',
  running: 'Training',
  pausing: 'Pausing after this step',
  paused: 'Paused',
  stopping: 'Stopping after this step',
  stopped: 'Stopped',
  done: 'Done',
  failed: 'Failed',
};

/** A run that is not at rest, as the list of long work shows it. */
export function runningTask(
  { id, projectId, name }: RunRecord,
  { state, step, steps, secondsLeft }: RunProgress,
): Omit<RunningTask, 'stopping'> {
  const fraction = steps === 0 ? null : step / steps;
  return {
    taskId: id,
    operation: 'runs.start',
    about: { projectId, name },
    doing: doing[state],
    fraction,
    secondsLeft,
  };
}

/** A run as lists show it. */
export async function summaryView(library: Library, run: RunRecord): Promise<RunSummary> {
  const pairs = await readJob(run.folder).then(
    ({ snapshot }) => snapshot.pairs,
    () => null,
  );
  return {
    id: run.id,
    projectId: run.projectId,
    projectName: run.project,
    name: run.name,
    createdAt: run.createdAt,
    endedAt: run.finishedAt,
    trashedAt: run.trashedAt,
    objective: run.objective,
    provider: run.settings?.provider ?? '',
    pairs,
    progress: progressView(library, run),
    final: finalMetrics(library, run.id),
    notes: run.note,
  };
}

/** Throws what `readJob` and `runSettings` throw. */
export async function detailView(library: Library, run: RunRecord): Promise<RunDetail> {
  const settings = runSettings(run);
  const { snapshot, precision, versions } = await readJob(run.folder);
  return {
    ...(await summaryView(library, run)),
    settings,
    precision: { name: precision.name, compute: precision.compute, reason: precision.reason },
    snapshotSha256: run.snapshotSha256,
    labelsHead: run.labelsHead,
    heldOutPairs: snapshot.heldOutPairs,
    versions: { ...versions },
    deterministic: settings.provider === 'cpu',
  };
}

/** An event that people want to see beside the curves of the steps; `null` for others. */
export function eventView(event: TrainEvent): RunEvent | null {
  const none = { heldOutMargin: null, at: null, message: null };
  switch (event.event) {
    case 'checkpoint':
      return { ...none, kind: event.event, step: event.step, heldOutMargin: event.heldOutMargin };
    case 'paused':
    case 'resumed':
      return { ...none, kind: event.event, step: event.step, at: event.at };
    case 'alarm':
      return { ...none, kind: event.event, step: event.step, message: event.message };
    default:
      return null;
  }
}

/** The metrics of a step and what it cost; `null` for other events. */
export function stepView(event: TrainEvent): StepMetrics | null {
  if (event.event !== 'step') return null;
  const { event: _, step, epoch, ...values } = event;
  return { step, epoch, values };
}
