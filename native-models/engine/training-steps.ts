import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { objectives } from '../objectives/index.ts';
import { learningRateAt } from '../optimizers/schedule.ts';
import type { CheckpointPosition } from './checkpoint.ts';
import { requireFinite } from './divergence.ts';
import type { TrainSettings } from './job.ts';
import { type Metrics, stepMetrics } from './metrics.ts';
import type { Rates, RunProgress } from './progress.ts';
import { appendEvent, lastStep, readControl } from './run-folder.ts';
import type { PairScore } from './scorer.ts';
import type { TrainedState } from './trained-state.ts';
import type { Trainer } from './trainer.ts';
import { type EncodedItem, planEpoch, trainingItems } from './training-data.ts';

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
  readonly save: (position: CheckpointPosition) => Promise<void>;
}

/**
 * The optimiser steps from `position` to the end, each with a `step` event, with checkpoints on the way and at the end.
 * Returns the rates over the whole run, earlier attempts included, and the metrics of its last step.
 * Throws `run-stopped` when asked to stop and `training-diverged`.
 */
export async function runSteps({ runFolder, settings, items, references, state, position, trainer, signal, progress, save }: TrainingSteps): Promise<Rates & { readonly steps: number; readonly metrics: Metrics }> {
  const ready = trainingItems(items, objectives[settings.objective].usesReference ? references : [], settings);
  const stepsPerEpoch = planEpoch(items, settings, 0).length;
  const totalSteps = Math.ceil(settings.epochs * stepsPerEpoch);
  const schedule = { schedule: settings.schedule, learningRate: settings.learningRate, totalSteps, warmupSteps: Math.ceil(settings.warmupShare * totalSteps) };
  let { rates, metrics } = await lastStep(runFolder);
  let at = position;
  progress.startSteps(at.step, totalSteps, rates);
  while (at.step < totalSteps) {
    const epochPlan = planEpoch(items, settings, at.epoch);
    for (const plan of epochPlan.slice(at.stepInEpoch, at.stepInEpoch + totalSteps - at.step)) {
      await obeyControl(runFolder, signal, progress, () => save(at));
      const learningRate = learningRateAt(at.step, schedule);
      const outcome = await trainer.step(state, plan.map((batch) => batch.flatMap((index) => ready[index] ?? [])), at.step + 1, learningRate);
      at = { ...at, step: at.step + 1, stepInEpoch: at.stepInEpoch + 1 };
      const observed = plan.flat().flatMap((index, place) => {
        const [item, encoded, seen] = [ready[index], items[index], outcome.pairs[place]];
        return item === undefined || encoded === undefined || seen === undefined ? [] : [{ item, outcome: seen, pairClass: encoded.pairClass }];
      });
      rates = progress.step(at.step, at.epoch, observed.length, outcome.tokens);
      metrics = { ...stepMetrics(observed, settings.beta), grad_norm: outcome.gradNorm, learning_rate: learningRate };
      await appendEvent(runFolder, { event: 'step', step: at.step, epoch: at.step / stepsPerEpoch, ...metrics, ...rates, memoryBytes: process.memoryUsage.rss() });
      requireFinite({ loss: metrics['loss'], grad_norm: metrics['grad_norm'] }, at.step);
      if (at.step % settings.checkpointEverySteps === 0 || at.step === totalSteps) await save(at);
    }
    at = { ...at, epoch: at.epoch + 1, stepInEpoch: 0 };
  }
  return { steps: totalSteps, ...rates, metrics };
}

/** While `control.json` says pause, calls `save` and waits; when it or `signal` says stop, calls `save` and throws `run-stopped`. */
export async function obeyControl(runFolder: string, signal: AbortSignal, progress: RunProgress, save: () => Promise<void>): Promise<void> {
  let command = readControl(runFolder);
  if (command === 'pause') {
    await save();
    const goOn = progress.pause();
    while (command === 'pause' && !signal.aborted) {
      await sleep(100);
      command = readControl(runFolder);
    }
    goOn();
  }
  if (command !== 'stop' && !signal.aborted) return;
  await save();
  await appendEvent(runFolder, { event: 'stopped' });
  throw new Failure('interrupted', 'run-stopped', 'The run was stopped, and what it has done is kept. Resume it when you like.', { folder: runFolder });
}
