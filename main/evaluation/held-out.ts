import { heldOutResult } from '../../native-models/engine/infer/held-out.ts';
import type { ComputedModel, EngineDevice, ScoreTask } from '../../native-models/protocol/tasks.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import { runTask } from '../engine/run-task.ts';
import { wilsonInterval, type Interval } from '../statistics/interval.ts';
import type { HeldOutResult } from '../../native-models/protocol/run-folder/train-events.ts';
import type { TemplateName } from '../../native-models/vocabulary/lists.ts';

/** Held-out preferences with the 95 % interval of each share. */
export type HeldOutReport = HeldOutResult & {
  readonly interval: { readonly [share in HeldOutShare]: Interval | null };
};
export type HeldOutShare = 'rewards/accuracies' | 'safeUnsafeAccuracy' | 'safeLikelierShare';

/** The summed log-prob of a text in nats, and its tokens. */
interface RowScore {
  readonly logp: number;
  readonly tokens: number;
}

export interface ScoredPair {
  readonly chosen: RowScore;
  readonly rejected: RowScore;
}

export interface ScoreOptions {
  readonly device: EngineDevice;
  readonly template: TemplateName;
  readonly maxLength: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/** Adds the intervals to what the engine counted; `null` where nothing was held out. */
export function withIntervals(result: HeldOutResult): HeldOutReport;
export function withIntervals(result: HeldOutResult | null): HeldOutReport | null;
export function withIntervals(result: HeldOutResult | null): HeldOutReport | null {
  if (result === null) return null;
  const { pairs, safeUnsafePairs } = result;
  const within = (share: number | null, count: number) => (share === null ? null : wilsonInterval(share, count));
  // The start model's rewards are all zero: every pair is a tie by definition, and nothing was sampled.
  const ranked = (share: number | null, count: number) =>
    share === 0.5 && result['rewards/margins'] === 0 ? ([0.5, 0.5] as const) : within(share, count);
  return {
    ...result,
    interval: {
      'rewards/accuracies': ranked(result['rewards/accuracies'], pairs),
      safeUnsafeAccuracy: ranked(result.safeUnsafeAccuracy, safeUnsafePairs),
      safeLikelierShare: within(result.safeLikelierShare, safeUnsafePairs),
    },
  };
}

/** Summed log-probabilities of both responses of each pair under a model. Throws the engine's failures. */
export async function scorePairs(
  model: ComputedModel,
  pairs: readonly ObjectivePair[],
  options: ScoreOptions,
): Promise<ScoredPair[]> {
  const { device, template, maxLength, signal } = options;
  const scores: RowScore[] = [];
  for await (const event of runTask('score', { model, device, template, maxLength, rows: pairRows(pairs) }, signal)) {
    if (event.event === 'row') scores.push(event);
    if (event.event === 'progress') options.onProgress?.(event.done / event.total);
  }
  return inPairs(scores);
}

/**
 * {@link scorePairs} under a folder with `model.onnx`, on the CPU; with what a step with its cache differs by, in nats.
 */
export async function scoreOnnxPairs(
  folder: string,
  pairs: readonly ObjectivePair[],
  options: ScoreOptions,
): Promise<{ readonly pairs: ScoredPair[]; readonly cachedDifference: number }> {
  const { device, template, maxLength, signal } = options;
  const task = { folder, threads: device.threads, template, maxLength, rows: pairRows(pairs) };
  const scores: RowScore[] = [];
  let cachedDifference = Number.NaN;
  for await (const event of runTask('score-onnx', task, signal)) {
    if (event.event === 'row') scores.push(event);
    if (event.event === 'progress') options.onProgress?.(event.done / event.total);
    if (event.event === 'done') ({ cachedDifference } = event);
  }
  return { pairs: inPairs(scores), cachedDifference };
}

/** Both responses of each pair as rows of a scoring task. */
function pairRows(pairs: readonly ObjectivePair[]): ScoreTask['rows'] {
  return pairs.flatMap(({ prompt, chosen, rejected }) => [
    { prompt, completion: chosen },
    { prompt, completion: rejected },
  ]);
}

/** The scores of {@link pairRows}. */
function inPairs(scores: readonly RowScore[]): ScoredPair[] {
  return Array.from({ length: Math.floor(scores.length / 2) }, (_, index) => {
    const [chosen, rejected] = [scores[2 * index], scores[2 * index + 1]];
    return chosen === undefined || rejected === undefined ? [] : [{ chosen, rejected }];
  }).flat();
}

/** Compares a model with the start model on held-out pairs; `null` without pairs. */
export function comparePreferences(
  pairs: readonly ObjectivePair[],
  scores: readonly ScoredPair[],
  start: readonly ScoredPair[],
  beta: number,
): HeldOutReport | null {
  const items = pairs.map(({ chosenUnsafe, rejectedUnsafe }, index) => ({
    chosenIds: lengthOnly(start[index]?.chosen.tokens),
    rejectedIds: lengthOnly(start[index]?.rejected.tokens),
    safeUnsafe: chosenUnsafe === false && rejectedUnsafe === true,
  }));
  const logps = (list: readonly ScoredPair[]) =>
    list.map(({ chosen, rejected }) => ({ chosen: chosen.logp, rejected: rejected.logp }));
  const result = heldOutResult(items, logps(scores), logps(start), beta);
  return result === null ? null : withIntervals(result);
}

/** The engine's measure looks at how many tokens there are, not at which. */
function lengthOnly(tokens: number | undefined): readonly number[] {
  return Array.from({ length: tokens ?? 0 }, () => 0);
}
