import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, failed } from '../failure.ts';
import { objectives } from '../objectives/index.ts';
import { learningRateAt } from '../optimizers/schedule.ts';
import { type CheckpointPosition, checkpointFolder, checkpointSteps, keepCheckpoints, lastGoodCheckpoint, readCheckpoint, verifyCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { headChunksFor } from './head-chunks.ts';
import { type HeldOutResult, heldOutResult } from './held-out.ts';
import type { TrainJob } from './job.ts';
import { type Metrics, stepMetrics } from './metrics.ts';
import { openEngineModel, type EngineModel } from './model.ts';
import { RunProgress, peakMemoryBytes } from './progress.ts';
import { modelHash, referenceScores } from './reference.ts';
import { appendEvent, readControl, readJob, readSnapshot, rewindEvents } from './run-folder.ts';
import { type PairScore, Scorer } from './scorer.ts';
import { type EncodedItem, encodeItems, mostResponseTokens, planEpoch, trainingItems } from './training-data.ts';
import { type TrainedState, initialState, trainedParameters } from './trained-state.ts';
import { Trainer } from './trainer.ts';
import { usesLayerCheckpointing } from './layer-checkpointing.ts';

/** Tokens in one forward-only run. */
const scoringTokens = 4096;
/** Held-out pairs looked at for each checkpoint; the end of the run looks at all. */
const checkpointPairs = 64;

/**
 * Trains the run of a run folder to its end, from its last good checkpoint if it has one: data → reference → steps →
 * checkpoints → held-out preferences. Asked to stop (by `control.json` or `signal`) it writes a checkpoint and throws
 * `run-stopped`. Same folder, provider and thread count: same bytes, however often it was interrupted.
 */
export async function train(runFolder: string, signal: AbortSignal): Promise<void> {
  const progress = new RunProgress(runFolder);
  try {
    await runRecipe(runFolder, signal, progress);
    await progress.end('done');
  } catch (error) {
    const failure = error instanceof Failure ? error : failed('engine-failed', `The engine failed: ${error instanceof Error ? error.message : String(error)}.`, {}, { cause: error });
    if (failure.kind === 'interrupted') await progress.end('stopped');
    else await progress.end('failed', failure.toJSON());
    throw failure;
  }
}

async function runRecipe(runFolder: string, signal: AbortSignal, progress: RunProgress): Promise<void> {
  const job = await readJob(runFolder);
  const { settings } = job;
  const model = await openEngineModel(job.model.path, settings.template, new Date(job.createdAt));
  const items = encodeItems(await readSnapshot(runFolder, 'pairs.jsonl'), model, settings.maxLength);
  const heldOut = encodeItems(await readSnapshot(runFolder, 'heldout.jsonl'), model, settings.maxLength);

  progress.state('reference');
  const references = await scoreReferences(runFolder, job, model, [...items, ...heldOut]);
  const heldOutReferences = references.slice(items.length);
  const before = heldOutResult(heldOutItems(heldOut), heldOutReferences, heldOutReferences, settings.beta);

  const trained = trainedParameters(model.folder, settings.lora);
  const { state, position } = await startingPoint(runFolder, model, trained, job);
  await rewindEvents(runFolder, position.step);
  const headChunks = headChunksFor(mostResponseTokens(items, settings.batchSize), model.folder.config.vocabularySize);
  const layerCheckpointing = usesLayerCheckpointing(settings, model.folder.config, items);
  const trainer = await Trainer.open(model, { settings, trained, layerCheckpointing, headChunks });
  const overlay = { trained, parameters: state.parameters };
  const scoreHeldOut = async (chosen: readonly EncodedItem[]): Promise<readonly PairScore[]> => {
    const scorer = await Scorer.open(model, { device: settings, maxLength: settings.maxLength, batchTokens: scoringTokens, overlay: { ...overlay, parameters: state.parameters } });
    const scores = await scorer.pairs(chosen);
    await scorer.close();
    return scores;
  };
  const save = async (at: CheckpointPosition): Promise<void> => {
    const sample = heldOut.slice(0, checkpointPairs);
    const result = heldOutResult(heldOutItems(sample), await scoreHeldOut(sample), heldOutReferences, settings.beta);
    const heldOutMargin = result === null ? null : result['rewards/margins'];
    const path = await writeCheckpoint(runFolder, trained.layout, state, { ...at, heldOutMargin });
    await keepCheckpoints(runFolder, new Set([at.step, await bestStep(runFolder)]));
    await appendEvent(runFolder, { event: 'checkpoint', step: at.step, path, heldOutMargin });
  };

  const result = await runSteps({ runFolder, job, items, references, state, position, trainer, signal, progress, save });
  await trainer.close();
  progress.state('evaluating');
  const after = heldOutResult(heldOutItems(heldOut), await scoreHeldOut(heldOut), heldOutReferences, settings.beta);
  await appendEvent(runFolder, { event: 'done', run: job.id, ...result, peakMemoryBytes: peakMemoryBytes(), provider: settings.provider, heldOut: { before, after } satisfies { before: HeldOutResult | null; after: HeldOutResult | null } });
}

function heldOutItems(items: readonly EncodedItem[]): Parameters<typeof heldOutResult>[0] {
  return items.map(({ chosenIds, rejectedIds, pairClass }) => ({ chosenIds, rejectedIds, safeUnsafe: pairClass === 'safe_unsafe' }));
}

async function scoreReferences(runFolder: string, job: TrainJob, model: EngineModel, pairs: readonly EncodedItem[]): Promise<readonly PairScore[]> {
  const { settings } = job;
  const scorer = await Scorer.open(model, { device: settings, maxLength: settings.maxLength, batchTokens: scoringTokens, overlay: null });
  const scores = await referenceScores(runFolder, modelHash(job), settings.provider, pairs, scorer, (done) => appendEvent(runFolder, { event: 'reference', done, total: pairs.length }));
  await scorer.close();
  return scores;
}

async function startingPoint(runFolder: string, model: EngineModel, trained: ReturnType<typeof trainedParameters>, { settings }: TrainJob): Promise<{ state: TrainedState; position: CheckpointPosition }> {
  const checkpoint = await lastGoodCheckpoint(runFolder, (folder, error) => process.stderr.write(`passed over ${folder}: ${String(error)}\n`));
  if (checkpoint !== null) return readCheckpoint(checkpoint, trained.layout);
  const state = await initialState(model.folder, trained, settings.lora, settings.seed);
  return { state, position: { step: 0, epoch: 0, stepInEpoch: 0, seed: settings.seed, adapter: settings.lora !== null, heldOutMargin: null } };
}

/** The step whose checkpoint has the widest held-out margin; the newest where nothing is held out. */
async function bestStep(runFolder: string): Promise<number> {
  const positions = await Promise.all((await checkpointSteps(runFolder)).map((step) => verifyCheckpoint(checkpointFolder(runFolder, step))));
  return positions.reduce((best, position) => ((position.heldOutMargin ?? 0) >= (best.heldOutMargin ?? 0) ? position : best), positions[0] ?? { step: 0, heldOutMargin: null }).step;
}

interface StepsInput {
  readonly runFolder: string;
  readonly job: TrainJob;
  readonly items: readonly EncodedItem[];
  readonly references: readonly PairScore[];
  readonly state: TrainedState;
  readonly position: CheckpointPosition;
  readonly trainer: Trainer;
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  readonly save: (position: CheckpointPosition) => Promise<void>;
}

async function runSteps({ runFolder, job, items, references, state, position, trainer, signal, progress, save }: StepsInput): Promise<{ steps: number; seconds: number; pairsPerSecond: number; tokensPerSecond: number; metrics: Metrics }> {
  const { settings } = job;
  const ready = trainingItems(items, objectives[settings.objective].usesReference ? references : [], settings);
  const stepsPerEpoch = planEpoch(items, settings, 0).length;
  const totalSteps = Math.ceil(settings.epochs * stepsPerEpoch);
  const schedule = { schedule: settings.schedule, learningRate: settings.learningRate, totalSteps, warmupSteps: Math.ceil(settings.warmupShare * totalSteps) };
  let rates = { pairsPerSecond: 0, tokensPerSecond: 0, seconds: 0 };
  let metrics: Metrics = {};
  let at = position;
  progress.startSteps(at.step, totalSteps);
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
      await appendEvent(runFolder, { event: 'step', step: at.step, epoch: at.step / stepsPerEpoch, ...metrics, pairsPerSecond: rates.pairsPerSecond, tokensPerSecond: rates.tokensPerSecond, memoryBytes: process.memoryUsage.rss() });
      requireFinite(metrics, at.step);
      if (at.step % settings.checkpointEverySteps === 0 || at.step === totalSteps) await save(at);
    }
    at = { ...at, epoch: at.epoch + 1, stepInEpoch: 0 };
  }
  return { steps: totalSteps, ...rates, metrics };
}

/** Waits while paused; stops with a checkpoint when asked to. */
async function obeyControl(runFolder: string, signal: AbortSignal, progress: RunProgress, save: () => Promise<void>): Promise<void> {
  let command = readControl(runFolder);
  if (command === 'pause') progress.state('paused');
  while (command === 'pause' && !signal.aborted) {
    await sleep(100);
    command = readControl(runFolder);
  }
  if (command !== 'stop' && !signal.aborted) return;
  await save();
  await appendEvent(runFolder, { event: 'stopped' });
  throw new Failure('interrupted', 'run-stopped', `The run was stopped with a checkpoint. Resume it when you like.`, { folder: runFolder });
}

/** A loss or gradient that is no number never gets into a checkpoint. */
function requireFinite(metrics: Metrics, step: number): void {
  const bad = ['loss', 'grad_norm'].find((name) => !Number.isFinite(metrics[name]));
  if (bad !== undefined) throw failed('training-diverged', `${bad} is not a number at step ${step}. The last checkpoint is kept; resume with a smaller learning rate.`, { step, metric: bad });
}
