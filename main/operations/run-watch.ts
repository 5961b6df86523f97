import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../native-models/failure.ts';
import type { Numbered, Sink, Unsubscribe } from '../../preload/contract/contract.ts';
import type { RunProgress, StepMetrics } from '../../preload/contract/operations/runs.ts';
import type { Library } from '../library/library.ts';
import { followRun, refreshRuns, stopRun } from '../runs/follow.ts';
import { getRun, listRuns } from '../runs/runs.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';
import type { Background } from './background.ts';
import { readEvents } from '../../native-models/protocol/run-folder/metrics-reader.ts';
import { isAtRest, progressView, runningTask, stepView } from './run-views.ts';

/** Follows every run whose engine works, once for all pages, and tells them. */
export interface RunWatch {
  /** Begins to follow a run that was started or resumed. */
  watch(runId: string): void;
  /** Tells the pages of a run that its state was changed by a command. */
  publish(runId: string): void;
  metrics(runId: string, sink: Sink<StepMetrics>): Unsubscribe;
  progress(runId: string, sink: Sink<RunProgress>): Unsubscribe;
  activity(sink: Sink<readonly RunProgress[]>): Unsubscribe;
}

interface RunListeners {
  /** Hears errors that are not `Failure`s. */
  report(error: unknown): void;
  /** Hears that a run which was followed is at rest. */
  rested(): void;
}

const retryMilliseconds = 5000;

/** Also brings runs up to date that went on or died while the app was closed. */
export function createRunWatch(library: Library, background: Background, { report, rested }: RunListeners): RunWatch {
  const progressTopics = new Map<string, Topic<RunProgress>>();
  const metricSinks = new Map<string, Set<(event: Numbered<StepMetrics>) => void>>();
  const activity = createTopic<readonly RunProgress[]>();
  const followed = new Map<string, RunProgress>();

  const topicOf = (runId: string): Topic<RunProgress> => {
    const topic = progressTopics.get(runId) ?? createTopic<RunProgress>();
    progressTopics.set(runId, topic);
    return topic;
  };
  const leave = (runId: string): void => {
    followed.delete(runId);
    background.running.remove(runId);
  };
  const stop = (runId: string): void => {
    stopRun(library, runId);
    publish(runId);
  };
  const publish = (runId: string): void => {
    const run = getRun(library, runId);
    const progress = progressView(library, run);
    topicOf(runId).publish(progress);
    if (isAtRest(progress)) leave(runId);
    else {
      followed.set(runId, progress);
      background.running.set(runningTask(run, progress), () => stop(runId));
    }
    activity.publish([...followed.values()]);
  };
  const followOnce = async (runId: string): Promise<void> => {
    for await (const { events } of followRun(library, runId, background.signal)) {
      const steps = events.flatMap((event) => numbered(stepView(event)));
      metricSinks.get(runId)?.forEach((send) => steps.forEach(send));
      publish(runId);
    }
  };
  /** To the end: what a full disk or a damaged file kept from being followed is tried again while the engine works. */
  const follow = async (runId: string): Promise<void> => {
    for (;;) {
      try {
        await followOnce(runId);
      } catch (error) {
        // A failed run is told by its progress; anything else is a bug.
        if (!(error instanceof Failure)) report(error);
      }
      publish(runId);
      if (!followed.has(runId) || background.signal.aborted) return;
      await sleep(retryMilliseconds, undefined, { signal: background.signal }).catch(() => undefined);
    }
  };
  const watch = (runId: string): void => {
    if (followed.has(runId)) return;
    publish(runId);
    const ending = follow(runId)
      .then(rested)
      // Its row may be gone by now.
      .catch((error: unknown) => {
        leave(runId);
        if (!(error instanceof Failure)) report(error);
      });
    background.track(ending);
  };

  refreshRuns(library, report);
  for (const run of listRuns(library)) if (!isAtRest(progressView(library, run))) watch(run.id);
  activity.publish([...followed.values()]);

  return {
    watch,
    publish,
    metrics(runId, sink) {
      let last = sink.after;
      const send = (event: Numbered<StepMetrics>): void => {
        if (event.seq <= last) return;
        last = event.seq;
        sink.send(event);
      };
      readEvents(getRun(library, runId).folder)
        .flatMap((event) => numbered(stepView(event)))
        .forEach(send);
      const sinks = metricSinks.get(runId) ?? new Set();
      metricSinks.set(runId, sinks.add(send));
      return () => void sinks.delete(send);
    },
    progress(runId, sink) {
      const topic = topicOf(runId);
      topic.publish(progressView(library, getRun(library, runId)));
      return topic.subscribe(sink);
    },
    activity: (sink) => activity.subscribe(sink),
  };
}

/** A step's number in its run is its place in the stream: the same after a restart, and after steps are done again. */
function numbered(metrics: StepMetrics | null): Numbered<StepMetrics>[] {
  return metrics === null ? [] : [{ seq: metrics.step, event: metrics }];
}
