import { scoringTokens } from '../../runtime/memory-bytes.ts';
import { type EngineModel } from '../model/model.ts';
import { RunProgress } from './progress.ts';
import { modelHash, referenceScores } from './references.ts';
import { type PairScore, Scorer } from '../infer/scorer.ts';
import { type EncodedItem } from './data.ts';
import { appendEvent } from '../../protocol/run-folder/metrics.ts';
import type { TrainJob } from '../../protocol/run-folder/job.ts';

export async function scoreReferences(
  runFolder: string,
  { model: source, settings }: TrainJob,
  model: EngineModel,
  pairs: readonly EncodedItem[],
  progress: RunProgress,
  betweenBatches: () => Promise<void>,
): Promise<readonly PairScore[]> {
  const scorer = await Scorer.open(model, {
    device: settings,
    maxLength: settings.maxLength,
    batchTokens: scoringTokens,
    overlay: null,
  });
  const scores = await referenceScores(
    runFolder,
    modelHash({ model: source }),
    { provider: settings.provider, precision: model.precision },
    pairs,
    scorer,
    async (done) => {
      progress.reference(done, pairs.length);
      await appendEvent(runFolder, { event: 'reference', done, total: pairs.length });
      await betweenBatches();
    },
  );
  await scorer.close();
  return scores;
}
