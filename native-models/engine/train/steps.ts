import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import { learningRateAt } from '../../optimizers/schedule.ts';
import type { CardWatch } from './card-watch.ts';
import { requireFinite } from './divergence.ts';
import { type ObservedPair, stepMetrics } from './metrics.ts';
import type { RunProgress } from './progress.ts';
import type { PairScore } from '../infer/scorer.ts';
import type { TrainedState } from '../model/trained-state.ts';
import type { StepOutcome, Trainer } from './trainer.ts';
import { type EncodedItem, type StepPlan, planEpoch, stepRequest, trainingItems } from './data.ts';
import type { CheckpointPosition } from '../../protocol/run-folder/checkpoint.ts';
import { readControl } from '../../protocol/run-folder/control.ts';
import { type Rates, appendEvent, lastStep } from '../../protocol/run-folder/metrics.ts';
import type { Metrics } from '../../protocol/run-folder/train-events.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';

/** Steps prepared at a time; a run holds no more. */
const mostStepsAhead = 32;

export interface TrainingSteps {
  readonly runFolder: string;
  readonly settings: TrainSettings;
  readonly items: readonly EncodedItem[];
  readonly references: readonly PairScore[];
  /** Changed in place by each step. */
  readonly state: TrainedState;
  /** Where to begin. */
  readonly position: CheckpointPosition;
  readonly trainer: Trainer;
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  /** The card the run trains on; `null` on the CPU. */
  readonly card: CardWatch | null;
  readonly save: (position: CheckpointPosition) => Promise<void>;
}

/**
 * The optimiser steps from `position` to the end, each with a `step` event, with checkpoints on the way and at the end.
 * Returns the rates over the whole run, earlier attempts included, and the metrics of its last step. Throws
 * `run-stopped` when asked to stop and `training-diverged`.
 */
export async function runSteps({
  runFolder,
  settings,
  items,
  references,
  state,
  position,
  trainer,
  signal,
  progress,
  card,
  save,
}: TrainingSteps): Promise<Rates & { readonly steps: number; readonly metrics: Metrics }> {
  const ready = trainingItems(items, references, settings);
  const stepsPerEpoch = planEpoch(items, settings, 0).length;
  const totalSteps = Math.ceil(settings.epochs * stepsPerEpoch);
  const schedule = {
    schedule: settings.schedule,
    learningRate: settings.learningRate,
    totalSteps,
    warmupSteps: Math.ceil(settings.warmupShare * totalSteps),
  };
  const observedPairs = (plan: StepPlan, outcome: StepOutcome): readonly ObservedPair[] =>
    plan.flat().flatMap((index, place) => {
      const [item, encoded, seen] = [ready[index], items[index], outcome.pairs[place]];
      return item === undefined || encoded === undefined || seen === undefined
        ? []
        : [{ item, outcome: seen, pairClass: encoded.pairClass }];
    });
  let { rates, metrics } = await lastStep(runFolder);
  let at = position;
  progress.startSteps(at.step, totalSteps, rates);
  await card?.look();
  while (at.step < totalSteps) {
    const epochPlan = planEpoch(items, settings, at.epoch);
    const epochEnd = Math.min(epochPlan.length, at.stepInEpoch + totalSteps - at.step);
    while (at.stepInEpoch < epochEnd) {
      const obey = (): Promise<void> => obeyControl(runFolder, signal, progress, () => save(at));
      await obey();
      // No further than the next checkpoint, which has to see the state after its very step.
      const untilCheckpoint = settings.checkpointEverySteps - (at.step % settings.checkpointEverySteps);
      const ahead = epochPlan.slice(
        at.stepInEpoch,
        Math.min(epochEnd, at.stepInEpoch + Math.min(untilCheckpoint, mostStepsAhead)),
      );
      const requests = ahead.map((plan, index) =>
        stepRequest(plan, ready, at.step + index + 1, learningRateAt(at.step + index, schedule)),
      );
      const asked = requests.slice(0, trainer.stepsAtOnce(requests));
      const outcomes = await trainer.steps(state, asked, obey);
      const observed = outcomes.map((outcome, index) => observedPairs(ahead[index] ?? [], outcome));
      at = { ...at, step: at.step + asked.length, stepInEpoch: at.stepInEpoch + asked.length };
      rates = progress.steps(
        at.step,
        at.epoch,
        observed.flat().length,
        outcomes.reduce((sum, { tokens }) => sum + tokens, 0),
      );
      for (const [index, { stepNumber, learningRate }] of asked.entries()) {
        metrics = {
          ...stepMetrics(observed[index] ?? [], settings.beta),
          grad_norm: outcomes[index]?.gradNorm ?? Number.NaN,
          learning_rate: learningRate,
        };
        await appendEvent(runFolder, {
          event: 'step',
          step: stepNumber,
          epoch: stepNumber / stepsPerEpoch,
          ...metrics,
          ...rates,
          memoryBytes: process.memoryUsage.rss(),
          ...(card === null || card.usedBytes === null ? {} : { cardMemoryBytes: card.usedBytes }),
        });
        requireFinite({ loss: metrics.loss, grad_norm: metrics.grad_norm }, stepNumber);
      }
      void card?.look();
      const alarm = card?.alarm ?? null;
      if (progress.alarm(alarm) && alarm !== null)
        await appendEvent(runFolder, { event: 'alarm', step: at.step, ...alarm });
      if (at.step % settings.checkpointEverySteps === 0 || at.step === totalSteps) await save(at);
    }
    at = { ...at, epoch: at.epoch + 1, stepInEpoch: 0 };
  }
  return { steps: totalSteps, ...rates, metrics };
}

/**
 * While `control.json` says pause, calls `save` and waits; when it or `signal` says stop, calls `save` and throws
 * `run-stopped`.
 */
export async function obeyControl(
  runFolder: string,
  signal: AbortSignal,
  progress: RunProgress,
  save: () => Promise<void>,
): Promise<void> {
  let command = readControl(runFolder);
  if (command === 'pause') {
    await save();
    const goOn = progress.pause();
    await appendEvent(runFolder, { event: 'paused', step: progress.stepsDone, at: new Date().toISOString() });
    while (command === 'pause' && !signal.aborted) {
      await sleep(100);
      command = readControl(runFolder);
    }
    goOn();
    await appendEvent(runFolder, { event: 'resumed', step: progress.stepsDone, at: new Date().toISOString() });
  }
  if (command !== 'stop' && !signal.aborted) return;
  await save();
  await appendEvent(runFolder, { event: 'stopped' });
  throw new Failure(
    'interrupted',
    'run-stopped',
    'The run was stopped, and what it has done is kept. Resume it when you like.',
    { folder: runFolder },
  );
}
