import { precisions } from '../../native-models/decoder/precision.ts';
import { failed } from '../../native-models/failure.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { runTask } from '../engine/run-task.ts';
import { scoreOnnxPairs, scorePairs, type ScoredPair, type ScoreOptions } from '../evaluation/held-out.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import { compareScores, type LogProbs } from './log-probs.ts';
import type { ExportFormat, ExportDtype } from '../../native-models/vocabulary/lists.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

/** What an exported folder was found to be when it was read again. */
export interface SelfTest {
  /** Numbers read back from the files, each what was trained rounded to the type it is stored in. */
  readonly weights: {
    readonly tensors: number;
    /** So many were compared, of so many there are: all of them but in very large models. */
    readonly values: number;
    readonly ofValues: number;
  };
  /** Of pairs, under the exported model; `null` for an adapter, which is not a model of its own. */
  readonly logProbs: LogProbs | null;
}

/** What is compared, and how it is scored. */
export interface Comparison {
  readonly job: TrainJob;
  readonly checkpoint: string;
  readonly format: ExportFormat;
  readonly dtype: ExportDtype | null;
  /** What was exported. */
  readonly folder: string;
  readonly pairs: readonly ObjectivePair[];
  /** Whether the run did not train on the pairs. */
  readonly heldOut: boolean;
  readonly options: ScoreOptions;
}

/** Nats a token by which two computations of one model in float32 may differ. */
const natsPerToken = 1e-3;
/**
 * Pairs that show that the exported folder computes what its weights do under the start model's own config and
 * tokenizer.
 */
const formPairs = 8;

/**
 * Compares every number, or in a very large model samples of each tensor, with the trained ones. Throws
 * `export-weights-wrong`.
 */
export async function compareWeights({
  job,
  checkpoint,
  format,
  dtype,
  folder,
  options,
}: Comparison): Promise<SelfTest['weights']> {
  for await (const event of runTask(
    'check-weights',
    { model: { path: job.model.path, checkpoint }, format, dtype, folder },
    options.signal,
  )) {
    if (event.event === 'progress') options.onProgress?.(event.done / event.total);
    if (event.event === 'done') return { tensors: event.tensors, values: event.values, ofValues: event.ofValues };
  }
  throw failed(
    'export-self-test-failed',
    `The weights in ${folder} were not compared. The export was discarded; report this as a defect.`,
    { folder },
  );
}

/**
 * Scores pairs under the start model, the trained model and an exported model folder, all with float32 products. The
 * exported folder has to give what its weights, known to be right, give under the start model's config and tokenizer;
 * what is left between it and the trained model is what rounding cost. Throws `export-self-test-failed`,
 * `export-loses-training`.
 */
export async function compareLogProbs(comparison: Comparison): Promise<LogProbs> {
  const { job, folder, pairs } = comparison;
  const score = scorer(comparison);
  const [start, trained] = await scoreStartAndTrained(comparison);
  const exported = await score({ path: folder, checkpoint: null }, 2 / 3, pairs);
  const rounded = await hasNarrowWeights(folder);
  const few = pairs.slice(0, formPairs);
  const expected = rounded ? await score({ path: job.model.path, weights: folder, checkpoint: null }, 1, few) : trained;
  requireSame(expected, exported.slice(0, expected.length));
  return compareScores({ ...comparison, start, trained, exported });
}

/**
 * The same for a folder with `model.onnx`, which its own runtime scores, once with its cache too. Throws
 * `export-self-test-failed`.
 */
export async function compareOnnx(comparison: Comparison): Promise<LogProbs> {
  const { folder, pairs, options } = comparison;
  const [start, trained] = await scoreStartAndTrained(comparison);
  const { pairs: exported, cachedDifference } = await scoreOnnxPairs(folder, pairs, partOf(options, 2 / 3));
  // Not a number is not small enough.
  if (!(cachedDifference <= natsPerToken))
    throw failed(
      'export-self-test-failed',
      `The exported model gives other log-probs with its cache than without: ${cachedDifference} nats ` +
        `apart, at most ${natsPerToken} expected. The export was discarded; report this as a defect.`,
      { largestDifference: cachedDifference, tolerance: natsPerToken },
    );
  requireSame(trained, exported);
  return { ...compareScores({ ...comparison, start, trained, exported }), cachedDifference };
}

async function scoreStartAndTrained(comparison: Comparison): Promise<readonly [ScoredPair[], ScoredPair[]]> {
  const { job, checkpoint, pairs } = comparison;
  const score = scorer(comparison);
  const start = await score({ path: job.model.path, checkpoint: null }, 0, pairs);
  return [start, await score({ path: job.model.path, checkpoint }, 1 / 3, pairs)];
}

type ScoredModel = Pick<Parameters<typeof scorePairs>[0], 'path' | 'weights' | 'checkpoint'>;

function scorer({
  folder,
  options,
}: Comparison): (model: ScoredModel, done: number, pairs: readonly ObjectivePair[]) => Promise<ScoredPair[]> {
  return (model, done, pairs) =>
    scorePairs({ ...model, precision: precisions.float32, cacheFolder: folder }, pairs, partOf(options, done));
}

/** The progress of one of three scorings, after a share of the work is done. */
function partOf(options: ScoreOptions, done: number): ScoreOptions {
  return { ...options, onProgress: (fraction) => options.onProgress?.(Math.min(1, done + fraction / 3)) };
}

/** Two computations of the same model have to agree but for the order of float32 additions, and see the same tokens. */
function requireSame(expected: readonly ScoredPair[], exported: readonly ScoredPair[]): void {
  for (const [index, pair] of expected.entries()) {
    for (const side of ['chosen', 'rejected'] as const) {
      const { logp, tokens } = pair[side];
      const other = exported[index]?.[side];
      if (other?.tokens !== tokens)
        throw failed(
          'export-self-test-failed',
          `The exported model makes ${other?.tokens ?? 'no'} tokens of an answer that was trained as ` +
            `${tokens}. The export was discarded; report this as a defect.`,
          { tokens: other?.tokens ?? null, expected: tokens },
        );
      const difference = Math.abs(other.logp - logp);
      // Not a number differs from everything.
      if (!(difference <= natsPerToken * tokens))
        throw failed(
          'export-self-test-failed',
          `The exported model computes other log-probs than its weights should: ${difference} nats apart on ` +
            `an answer of ${tokens} tokens, at most ${natsPerToken * tokens} expected. The export was discarded; ` +
            'report this as a defect.',
          { largestDifference: Number.isFinite(difference) ? difference : null, tolerance: natsPerToken * tokens },
        );
    }
  }
}

async function hasNarrowWeights(folder: string): Promise<boolean> {
  return [...(await openModelFolder(folder)).tensors.values()].some(
    ({ dtype }) => dtype === 'float16' || dtype === 'bfloat16',
  );
}
