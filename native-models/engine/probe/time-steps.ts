import { badInput } from '../../failure.ts';
import { headChunksFor } from '../../runtime/head-chunks.ts';
import { pairLength } from '../../text/encode-pair.ts';
import { openComputedModel } from '../model/model.ts';
import { readTrainingPairs } from '../../protocol/run-folder/pairs.ts';
import type { TimeStepsTask } from '../../protocol/tasks.ts';
import { type StepPlan, encodeItems, mostResponseTokens, planEpoch, trainingItems } from '../train/data.ts';
import { initialState, trainedParameters } from '../model/trained-state.ts';
import { Trainer } from '../train/trainer.ts';
import { largestOf, smallestOf } from '../../extremes.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';

const timedEach = 3;
const learningRate = 1e-9;

/** How long steps of one width took. */
interface Timing {
  /** Tokens of the step, padding included. */
  readonly width: number;
  readonly seconds: readonly number[];
}

/**
 * Times real steps of a run that is not begun: three of the widest and three of a median step, after one that warms up.
 * `write` gets a `timed` event for each and `done` with the times. Throws `no-training-pairs`.
 */
export async function timeSteps(
  { model: choice, dataFolder, settings }: TimeStepsTask,
  write: (event: TaskEvents['time-steps']) => void,
): Promise<void> {
  const model = await openComputedModel(choice, settings.template, write);
  const items = encodeItems(await readTrainingPairs(dataFolder), model, settings.maxLength);
  const ready = trainingItems(items, [], settings);
  const trained = trainedParameters(model.folder, settings.lora);
  const state = await initialState(model, trained, settings);
  const headChunks = headChunksFor(mostResponseTokens(items, settings.batchSize), model.folder.config.vocabularySize);
  const lengths = items.map(pairLength);
  const widthOf = (plan: StepPlan): number =>
    plan.reduce((sum, batch) => sum + batch.length * largestOf(batch.map((index) => lengths[index] ?? 0)), 0);
  const plans = planEpoch(items, settings, 0).toSorted((left, right) => widthOf(right) - widthOf(left));
  const [widest, median] = [plans[0], plans[Math.floor(plans.length / 2)]];
  if (widest === undefined || median === undefined)
    throw badInput('no-training-pairs', `${dataFolder}: pairs.jsonl has no pairs to train on.`, { folder: dataFolder });

  const trainer = await Trainer.open(model, {
    settings,
    trained,
    keptLayers: settings.keptLayers,
    headChunks,
  });
  let [steps, tokens, seconds] = [0, 0, 0];
  const timeStep = async (plan: StepPlan): Promise<number> => {
    const startedAt = performance.now();
    const outcome = await trainer.step(
      state,
      plan.map((batch) => batch.flatMap((index) => ready[index] ?? [])),
      ++steps,
      learningRate,
    );
    const took = (performance.now() - startedAt) / 1000;
    if (steps > 1) [tokens, seconds] = [tokens + outcome.tokens, seconds + took];
    return took;
  };
  await timeStep(widest);
  const timeSome = async (plan: StepPlan): Promise<Timing> => {
    const took: number[] = [];
    while (took.length < timedEach) {
      took.push(await timeStep(plan));
      write({ event: 'timed', done: steps - 1, total: 2 * timedEach });
    }
    return { width: widthOf(plan), seconds: took };
  };
  const { middle, low, high } = runSeconds(plans.map(widthOf), await timeSome(widest), await timeSome(median));
  await trainer.close();

  const totalSteps = Math.ceil(settings.epochs * plans.length);
  const ofRun = (epochSeconds: number): number => (epochSeconds / plans.length) * totalSteps;
  write({
    event: 'done',
    steps: totalSteps,
    measuredSteps: 2 * timedEach,
    secondsPerStep: middle / plans.length,
    seconds: ofRun(middle),
    secondsLow: ofRun(low),
    secondsHigh: ofRun(high),
    tokensPerSecond: tokens / seconds,
  });
}

/**
 * Seconds of steps of these widths, on the straight line through a time of a wide and one of a median step: by the
 * middle times, and the least and most by any two. A slower wide step makes the line steeper and so the narrow steps
 * cheaper: the fastest of both need not give the least.
 */
export function runSeconds(
  widths: readonly number[],
  wide: Timing,
  median: Timing,
): { readonly middle: number; readonly low: number; readonly high: number } {
  // One cannot take less than none.
  const onLine = (wideSeconds: number, medianSeconds: number): number => {
    const slope =
      wide.width === median.width ? 0 : Math.max(0, (wideSeconds - medianSeconds) / (wide.width - median.width));
    return widths.reduce((sum, width) => sum + Math.max(0, medianSeconds + slope * (width - median.width)), 0);
  };
  const all = wide.seconds.flatMap((wideSeconds) =>
    median.seconds.map((medianSeconds) => onLine(wideSeconds, medianSeconds)),
  );
  return {
    middle: onLine(middleOf(wide.seconds), middleOf(median.seconds)),
    low: smallestOf(all),
    high: largestOf(all),
  };
}

function middleOf(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Number.NaN;
}
