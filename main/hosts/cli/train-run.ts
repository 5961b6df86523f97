import type { RunStatus } from '../../../native-models/protocol/tasks.ts';
import { Failure, type JsonValue } from '../../../native-models/failure.ts';
import type { EngineEvent } from '../../engine/engine-event.ts';
import type { Evaluation } from '../../evaluation/evaluate.ts';
import type { Library } from '../../library/library.ts';
import type { RunRecord } from '../../runs/runs.ts';
import { duration, figure } from './format.ts';
import type { Io } from './io.ts';
import { describeProfile, type ShownProfile, stepProfile } from './profile-text.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';

/** The last line of a run, with intervals beside its held-out shares. */
export type RunDone = { readonly [field: string]: JsonValue | object } & {
  readonly event: 'done';
  readonly run: string;
  readonly heldOut: Evaluation['heldOut'];
  readonly profile?: ShownProfile;
};

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
 * leaves
 * the engine to itself.
 */
export async function followToEnd(io: Io, library: Library, run: RunRecord): Promise<RunDone> {
  const { followRun, stopRun } = await import('../../runs/follow.ts');
  const stop = () => {
    io.progress('stopping with a checkpoint', { always: true });
    stopRun(library, run.id);
  };
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    let done: EngineEvent | null = null;
    let profile: EngineEvent | null = null;
    let state: RunStatus['state'] | null = null;
    for await (const { events, status } of followRun(library, run.id)) {
      state = status?.state ?? null;
      for (const event of events) {
        if (event.event === 'profile') profile = event;
        if (event.event === 'done') done = event;
        else io.event(event);
        if (event.event === 'alarm') io.progress(String(event['message']), { always: true });
      }
      const step = events.findLast(({ event }) => event === 'step');
      const reference = events.findLast(({ event }) => event === 'reference');
      const hashing = events.findLast(({ event }) => event === 'hashing');
      const quantized = events.findLast(({ event }) => event === 'quantized');
      if (step !== undefined && status !== null) io.progress(describeStep(step, status));
      else if (reference !== undefined)
        io.progress(`reference log-probs of ${String(reference['done'])} of ${String(reference['total'])} pairs`);
      else if (quantized !== undefined)
        io.progress(`making int4 weights: ${String(quantized['done'])} of ${String(quantized['total'])} tensors`);
      else if (hashing !== undefined)
        io.progress(`checking that the model is as it was: ${Math.round(100 * Number(hashing['fraction']))} %`);
      else if (state === 'evaluating') io.progress('measuring held-out preferences');
    }
    if (done !== null && state === 'done')
      return { ...(await withExport(done, run)), ...(profile === null ? {} : { profile: stepProfile.parse(profile) }) };
    throw new Failure(
      'interrupted',
      'run-stopped',
      `Run ${run.id} was stopped with a checkpoint. Go on with it by safedpo resume ${run.id}.`,
      { run: run.id },
    );
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
}

/** What a person sees when a run is done. */
export function describeDone(done: RunDone): string {
  const { heldOut, metrics } = done;
  const side = (name: string) => valueAt(heldOut, name);
  const accuracy = (name: string) => {
    const range = valueAt(valueAt(side(name), 'interval'), 'safeUnsafeAccuracy');
    return `${figure(valueAt(side(name), 'safeUnsafeAccuracy'))}${Array.isArray(range) ? ` (${range.map((end) => figure(end, 3)).join('-')})` : ''}`;
  };
  return [
    `run ${done.run}: ${String(done['steps'])} steps in ${duration(Number(done['seconds']))}, ` +
      `${figure(done['pairsPerSecond'], 3)} pairs/s, peak memory ` +
      `${figure(Number(done['peakMemoryBytes']) / 1e6, 4)} MB on ${String(done['provider'])}`,
    `last step: loss ${figure(valueAt(metrics, 'loss'))}, reward margin ` +
      `${figure(valueAt(metrics, 'rewards/margins'))}, accuracy ` +
      `${figure(valueAt(metrics, 'rewards/accuracies'))}`,
    ...(done.profile === undefined ? [] : [describeProfile(done.profile)]),
    ...(side('after') === undefined || side('after') === null
      ? ['no pairs were held out']
      : [
          `held out, safe over unsafe: ${accuracy('before')} before, ${accuracy('after')} after; reward ` +
            `accuracy ${figure(valueAt(side('after'), 'rewards/accuracies'))}`,
        ]),
  ].join('\n');
}

async function withExport(done: EngineEvent, run: RunRecord): Promise<RunDone> {
  const { heldOutOf } = await import('../../evaluation/held-out.ts');
  const { heldOut } = done;
  const side = (name: string): JsonValue | undefined =>
    typeof heldOut === 'object' && heldOut !== null && !Array.isArray(heldOut)
      ? Object.entries(heldOut).find(([key]) => key === name)?.[1]
      : undefined;
  return {
    ...done,
    event: 'done',
    run: run.id,
    heldOut: { before: heldOutOf(side('before')), after: heldOutOf(side('after')) },
  };
}

function describeStep(
  step: EngineEvent,
  { totalSteps, pairsPerSecond, secondsLeft, peakMemoryBytes }: RunStatus,
): string {
  const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`;
  return (
    `step ${String(step['step'])}/${totalSteps}  loss ${figure(step['loss'])}  margin ` +
    `${figure(step['rewards/margins'])}  accuracy ${figure(step['rewards/accuracies'], 3)}  ` +
    `${figure(pairsPerSecond, 3)} pairs/s${left}  ${figure(peakMemoryBytes / 1e6, 4)} MB`
  );
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
