import { Failure } from '../../../native-models/failure.ts';
import type { Evaluation } from '../../evaluation/evaluate.ts';
import type { HeldOutReport } from '../../evaluation/held-out.ts';
import type { Library } from '../../library/library.ts';
import type { RunRecord } from '../../runs/runs.ts';
import { duration, figure } from './format.ts';
import type { Io } from './io.ts';
import { type StepProfile, stepProfile } from '../../../native-models/protocol/run-folder/profile.ts';
import type { RunStatus } from '../../../native-models/protocol/run-folder/status.ts';
import type { StepEvent, TrainDone } from '../../../native-models/protocol/run-folder/train-events.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import { describeProfile } from './profile-text.ts';

/** The last event of a run, with intervals beside its held-out shares. */
export interface RunDone extends Omit<TrainDone, 'heldOut'> {
  readonly heldOut: Evaluation['heldOut'];
  readonly profile?: StepProfile;
}

/** Starts a run and follows it to its end. */
export async function trainToEnd(
  io: Io,
  library: Library,
  request: {
    readonly projectId: number;
    readonly modelPath: string;
    readonly settings: TrainSettings;
    readonly limit: number | null;
    readonly profile?: boolean;
  },
): Promise<RunDone> {
  const { readJob } = await import('../../../native-models/protocol/run-folder/job.ts');
  const { startRun } = await import('../../runs/start.ts');
  const { readAppSettings } = await import('../../library/app-settings.ts');
  const run = await startRun(library, {
    ...request,
    checkpointsKept: readAppSettings(library).checkpointsKept,
    onPreparing: (doing) => io.progress(doing),
  });
  const {
    settings: { provider },
    precision,
  } = await readJob(run.folder);
  io.event({ event: 'started', run: run.id, folder: run.folder, provider, precision: { ...precision } });
  io.progress(`run ${run.id} started on ${provider} in ${precision.name}: ${precision.reason}`, { always: true });
  return followToEnd(io, library, run);
}

/**
 * Follows a run to its end. Ctrl-C stops it with a checkpoint and throws `run-stopped` (exit 130); a second Ctrl-C
 * leaves the engine to itself.
 */
export async function followToEnd(io: Io, library: Library, run: RunRecord): Promise<RunDone> {
  const { followRun, stopRun } = await import('../../runs/follow.ts');
  const stop = () => {
    io.progress('stopping with a checkpoint', { always: true });
    stopRun(library, run.id);
  };
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    let done: TrainDone | null = null;
    let profile: StepProfile | null = null;
    let state: RunStatus['state'] | null = null;
    for await (const { events, status } of followRun(library, run.id)) {
      state = status?.state ?? null;
      for (const event of events) {
        if (event.event === 'profile') profile = stepProfile.parse(event);
        if (event.event === 'done') done = event;
        else io.event(event);
        if (event.event === 'alarm') io.progress(event.message, { always: true });
      }
      const step = events.findLast((event) => event.event === 'step');
      const reference = events.findLast((event) => event.event === 'reference');
      const hashing = events.findLast((event) => event.event === 'hashing');
      const quantized = events.findLast((event) => event.event === 'quantized');
      if (step !== undefined && status !== null) io.progress(describeStep(step, status));
      else if (reference !== undefined)
        io.progress(`reference log-probs of ${reference.done} of ${reference.total} pairs`);
      else if (quantized !== undefined)
        io.progress(`making int4 weights: ${quantized.done} of ${quantized.total} tensors`);
      else if (hashing !== undefined)
        io.progress(`checking that the model is unchanged: ${Math.round(100 * hashing.fraction)} %`);
      else if (state === 'evaluating') io.progress('measuring held-out preferences');
    }
    if (done !== null && state === 'done')
      return { ...(await finalReport(done, run)), ...(profile === null ? {} : { profile }) };
    throw new Failure(
      'interrupted',
      'run-stopped',
      `Run ${run.id} was stopped with a checkpoint. Continue it with safedpo resume ${run.id}.`,
      { run: run.id },
    );
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
}

/** What a person sees when a run is done. */
export function describeDone({ run, steps, seconds, pairsPerSecond, peakMemoryBytes, ...done }: RunDone): string {
  const { metrics, heldOut, profile } = done;
  const accuracy = (side: HeldOutReport | null) => {
    const range = side?.interval.safeUnsafeAccuracy ?? null;
    const within = range === null ? '' : ` (${range.map((end) => figure(end, 3)).join('-')})`;
    return `${figure(side?.safeUnsafeAccuracy)}${within}`;
  };
  return [
    `run ${run}: ${steps} steps in ${duration(seconds)}, ${figure(pairsPerSecond, 3)} pairs/s, peak memory ` +
      `${figure(peakMemoryBytes / 1e6, 4)} MB on ${done.provider}`,
    `last step: loss ${figure(metrics.loss)}, reward margin ${figure(metrics['rewards/margins'])}, accuracy ` +
      `${figure(metrics['rewards/accuracies'])}`,
    ...(profile === undefined ? [] : [describeProfile(profile)]),
    heldOut.after === null
      ? 'no pairs were held out'
      : `held out, safe over unsafe: ${accuracy(heldOut.before)} before, ${accuracy(heldOut.after)} after; reward ` +
        `accuracy ${figure(heldOut.after['rewards/accuracies'])}`,
  ].join('\n');
}

async function finalReport({ heldOut: { before, after }, ...done }: TrainDone, run: RunRecord): Promise<RunDone> {
  const { withIntervals } = await import('../../evaluation/held-out.ts');
  return { ...done, run: run.id, heldOut: { before: withIntervals(before), after: withIntervals(after) } };
}

function describeStep(
  step: StepEvent,
  { totalSteps, pairsPerSecond, secondsLeft, peakMemoryBytes }: RunStatus,
): string {
  const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`;
  return (
    `step ${step.step}/${totalSteps}  loss ${figure(step.loss)}  margin ${figure(step['rewards/margins'])}  ` +
    `accuracy ${figure(step['rewards/accuracies'], 3)}  ${figure(pairsPerSecond, 3)} pairs/s${left}  ` +
    `${figure(peakMemoryBytes / 1e6, 4)} MB`
  );
}
