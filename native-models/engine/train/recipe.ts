import { join } from 'node:path';
import { badInput } from '../../failure.ts';
import { CardWatch } from './card-watch.ts';
import { writeCheckpoint } from '../model/checkpoint.ts';
import { requireFinite, requireFiniteParameters } from './divergence.ts';
import { headChunksFor } from '../../runtime/head-chunks.ts';
import { scoringTokens } from '../../runtime/memory-bytes.ts';
import { heldOutResult } from '../infer/held-out.ts';
import { inPrecision, openEngineModel } from '../model/model.ts';
import { profileSteps } from './profile.ts';
import { RunProgress, peakMemoryBytes } from './progress.ts';
import { readHeldOutPairs, readTrainingPairs } from '../../protocol/run-folder/pairs.ts';
import { RunSamples, samplePrompts } from './samples.ts';
import { type PairScore, Scorer } from '../infer/scorer.ts';
import {
  type EncodedItem,
  encodeItems,
  mostResponseTokens,
  planEpoch,
  referencedItems,
  scoresAt,
  stepRequest,
  trainingItems,
} from './data.ts';
import { obeyControl, runSteps } from './steps.ts';
import { trainedParameters } from '../model/trained-state.ts';
import { type StepRequest, Trainer } from './trainer.ts';
import { type ModelStamp, requireSameStamp } from './unchanged-inputs.ts';
import { tryLongestBatch } from './longest-batch.ts';
import { type Phase, namingPhase } from './out-of-memory.ts';
import {
  type CheckpointPosition,
  checkpointSteps,
  clearPartialCheckpoints,
  keepCheckpoints,
} from '../../protocol/run-folder/checkpoint.ts';
import { readControl } from '../../protocol/run-folder/control.ts';
import { appendEvent, rewindEvents } from '../../protocol/run-folder/metrics.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';
import { objectives } from '../../objectives/index.ts';
import type { TrainJob } from '../../protocol/run-folder/job.ts';
import { bestStep } from './best-checkpoint.ts';
import { requireSameTokenization, startingPoint } from './starting-point.ts';
import { scoreReferences } from './score-references.ts';

/** Steps of a profile, and one before that warms up. */
const profiledSteps = 5;
/** Held-out pairs looked at for each checkpoint; the end of the run looks at all. */
const checkpointPairs = 64;

/** What `train` does between the check of the inputs and the last event; throws what any of its parts throws. */
export async function runRecipe(
  runFolder: string,
  job: TrainJob,
  stamp: ModelStamp,
  signal: AbortSignal,
  progress: RunProgress,
): Promise<void> {
  const { settings } = job;
  requireSameTokenization(runFolder, job);
  const asStored = await openEngineModel(job.model.path, settings.template, new Date(job.createdAt));
  const model = await inPrecision(asStored, job.precision, join(runFolder, job.cacheFolder), (done, total) =>
    appendEvent(runFolder, { event: 'quantized', done, total }),
  );
  const pairs = await readTrainingPairs(runFolder);
  const items = encodeItems(pairs, model, settings.maxLength);
  if (items.length === 0)
    throw badInput('no-training-pairs', `${runFolder}: pairs.jsonl has no pairs to train on.`, { folder: runFolder });
  const heldOutPairs = await readHeldOutPairs(runFolder);
  const heldOut = encodeItems(heldOutPairs, model, settings.maxLength);

  const trained = trainedParameters(model.folder, settings.lora);
  await clearPartialCheckpoints(runFolder);
  const { state, position, resumed, damaged } = await startingPoint(runFolder, model, trained, job);
  await rewindEvents(runFolder, position.step);
  for (const { step, message } of damaged)
    await appendEvent(runFolder, { event: 'alarm', code: 'checkpoint-damaged', step, message });
  if (resumed) await appendEvent(runFolder, { event: 'resumed', step: position.step, at: new Date().toISOString() });

  const headChunks = headChunksFor(mostResponseTokens(items, settings.batchSize), model.folder.config.vocabularySize);
  const trainerSettings = {
    settings,
    trained,
    keptLayers: settings.keptLayers,
    headChunks,
    deviceLoop: job.deviceLoop,
  };
  const during = <Result>(phase: Phase, work: () => Promise<Result>): Promise<Result> =>
    namingPhase(phase, { settings, storage: job.precision.storage }, work);
  const trainer = await during('the try of the longest batch', async () => {
    const opened = await Trainer.open(model, trainerSettings);
    await tryLongestBatch(opened, items, state, settings);
    await opened.close();
    return opened;
  });

  progress.state('reference');
  const referenced = referencedItems(items, settings, job.profile ? profiledSteps : 0);
  const scored = await during('the reference log-probs', () =>
    scoreReferences(
      runFolder,
      job,
      model,
      [...referenced.flatMap((index) => items[index] ?? []), ...heldOut],
      progress,
      () => obeyControl(runFolder, signal, progress, async () => undefined),
    ),
  );
  // They are kept under the hash of the files: which must be what they were computed from.
  await requireSameStamp(job, stamp);
  const references = scoresAt(referenced, scored, items.length);
  const heldOutReferences = scored.slice(referenced.length);
  const before = heldOutResult(heldOutItems(heldOut), heldOutReferences, heldOutReferences, settings.beta);

  const prompts =
    heldOut.length > 0
      ? samplePrompts(heldOutPairs, model, settings.maxLength)
      : objectives[settings.objective].usesRejected
        ? samplePrompts(pairs, model, settings.maxLength)
        : [];
  const samples = await RunSamples.open(runFolder, {
    model,
    settings,
    trained,
    prompts,
    resumedAt: resumed ? position.step : null,
  });
  const answerSamples = (step: number): Promise<void> =>
    during('sample answers', () => samples.answer(step, state.parameters));
  await answerSamples(position.step);

  const scoreHeldOut = (chosen: readonly EncodedItem[]): Promise<readonly PairScore[]> =>
    during('held-out preferences', async () => {
      const scorer = await Scorer.open(model, {
        device: settings,
        maxLength: settings.maxLength,
        batchTokens: scoringTokens,
        overlay: { trained, parameters: state.parameters },
      });
      const scores = await scorer.pairs(chosen);
      await scorer.close();
      return scores;
    });
  let savedStep = resumed ? position.step : null;
  const save = async (at: CheckpointPosition): Promise<void> => {
    if (at.step === savedStep) return;
    requireFiniteParameters(state.parameters, at.step);
    // What comes now gets the memory that steps need, and the other way round.
    await trainer.close();
    const sample = heldOut.slice(0, checkpointPairs);
    const result = heldOutResult(heldOutItems(sample), await scoreHeldOut(sample), heldOutReferences, settings.beta);
    const heldOutMargin = result === null ? null : result['rewards/margins'];
    if (heldOutMargin !== null) requireFinite({ 'the held-out margin': heldOutMargin }, at.step);
    // Before the checkpoint, so that none is missing after a kill; a person who asked to stop does not wait for them.
    if (!signal.aborted && readControl(runFolder) !== 'stop') await answerSamples(at.step);
    const path = await writeCheckpoint(runFolder, trained.layout, state, { ...at, heldOutMargin });
    savedStep = at.step;
    const newest = (await checkpointSteps(runFolder)).slice(-job.checkpointsKept);
    await keepCheckpoints(runFolder, new Set([at.step, ...newest, await bestStep(runFolder)]));
    await appendEvent(runFolder, { event: 'checkpoint', step: at.step, path, heldOutMargin });
  };

  const card = settings.provider === 'cpu' ? null : new CardWatch();
  const result = await during('training', () =>
    runSteps({ runFolder, settings, items, references, state, position, trainer, signal, progress, card, save }),
  );
  await trainer.close();
  progress.state('evaluating');
  if (job.profile)
    await appendEvent(runFolder, {
      event: 'profile',
      ...(await profileSteps(runFolder, model, trainerSettings, state, firstSteps(items, references, settings))),
    });
  const after = heldOutResult(heldOutItems(heldOut), await scoreHeldOut(heldOut), heldOutReferences, settings.beta);
  await appendEvent(runFolder, {
    event: 'done',
    run: job.id,
    ...result,
    peakMemoryBytes: peakMemoryBytes(),
    provider: settings.provider,
    heldOut: { before, after },
  });
}

/** The first steps of a run at its full learning rate. */
function firstSteps(
  items: readonly EncodedItem[],
  references: readonly PairScore[],
  settings: TrainSettings,
): readonly StepRequest[] {
  const ready = trainingItems(items, references, settings);
  return planEpoch(items, settings, 0)
    .slice(0, profiledSteps)
    .map((plan, index) => stepRequest(plan, ready, index + 1, settings.learningRate));
}

function heldOutItems(items: readonly EncodedItem[]): Parameters<typeof heldOutResult>[0] {
  return items.map(({ chosenIds, rejectedIds, pairClass }) => ({
    chosenIds,
    rejectedIds,
    safeUnsafe: pairClass === 'safe_unsafe',
  }));
}
