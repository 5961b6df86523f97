import { failed } from '../../native-models/failure.ts';
import { comparePreferences, type ScoredPair } from '../evaluation/held-out.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

/** Log-probs of the answers of pairs, in nats per token, and what rounding the weights cost. */
export interface LogProbs {
  readonly pairs: number;
  /** Whether the run did not train on them. */
  readonly heldOut: boolean;
  readonly tokens: number;
  /** Mean distance of the trained from the start model: what training changed. */
  readonly trainedFromStart: number;
  /** Mean distance of the exported from the trained model: what rounding cost. */
  readonly exportedFromTrained: number;
  /** The second as a share of the first; `null` where training changed nothing. */
  readonly lostShare: number | null;
  /** Mean reward margins on these pairs. */
  readonly margins: { readonly trained: number | null; readonly exported: number | null };
  /**
   * ONNX: largest difference, in nats, of a next token's log-probs between a step with the cache and the whole text at
   * once.
   */
  readonly cachedDifference?: number;
}

/** A smaller change of a model than this, in nats per token, is noise. */
const noise = 1e-4;
/** From this share on the loss is told as a warning. */
export const largeLoss = 0.1;

interface Scores {
  readonly job: TrainJob;
  readonly pairs: readonly ObjectivePair[];
  readonly heldOut: boolean;
  readonly start: readonly ScoredPair[];
  readonly trained: readonly ScoredPair[];
  readonly exported: readonly ScoredPair[];
}

/** Throws `export-loses-training` where the exported model is no closer to the trained one than the start model is. */
export function compareScores({ job, pairs, heldOut, start, trained, exported }: Scores): LogProbs {
  const { beta } = job.settings;
  const [trainedFromStart, exportedFromTrained] = [distance(trained, start), distance(exported, trained)];
  const lostShare = trainedFromStart < noise ? null : exportedFromTrained / trainedFromStart;
  if (lostShare !== null && lostShare >= 1)
    throw failed(
      'export-loses-training',
      'Rounded to the type of this export, the model is no closer to the trained model than the start model is: ' +
        `rounding cost ${exportedFromTrained.toPrecision(2)} nats per token, and training changed ` +
        `${trainedFromStart.toPrecision(2)}. The export was discarded. Export in float32, or in float16, ` +
        `whose steps are eight times finer than bfloat16's.`,
      { exportedFromTrained, trainedFromStart },
    );
  const margin = (scores: readonly ScoredPair[]): number | null =>
    comparePreferences(pairs, scores, start, beta)?.['rewards/margins'] ?? null;
  const tokens = trained.reduce((sum, { chosen, rejected }) => sum + chosen.tokens + rejected.tokens, 0);
  return {
    pairs: trained.length,
    heldOut,
    tokens,
    trainedFromStart,
    exportedFromTrained,
    lostShare,
    margins: { trained: margin(trained), exported: margin(exported) },
  };
}

/** Mean over answers of the difference in nats per token. */
function distance(left: readonly ScoredPair[], right: readonly ScoredPair[]): number {
  const differences = left.flatMap((pair, index) =>
    (['chosen', 'rejected'] as const).map(
      (side) => Math.abs(pair[side].logp - (right[index]?.[side].logp ?? Number.NaN)) / Math.max(1, pair[side].tokens),
    ),
  );
  return differences.reduce((sum, difference) => sum + difference, 0) / Math.max(1, differences.length);
}
