import { openEngineModel } from '../../native-models/engine/model/model.ts';
import { modelHash, referenceKey } from '../../native-models/engine/train/references.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { readHeldOutPairs, readTrainingPairs } from '../../native-models/protocol/run-folder/pairs.ts';
import { encodeItems } from '../../native-models/engine/train/data.ts';

/** Encoded at once: signs of life go out between. */
const pairsAtOnce = 100;

/**
 * The keys of a run folder's pairs in the store of reference log-probabilities, piece by piece. Throws what the model's
 * tokenizer and template throw.
 */
export async function* referenceKeys(folder: string): AsyncGenerator<string[]> {
  const job = await readJob(folder);
  const model = await openEngineModel(job.model.path, job.settings.template, new Date(job.createdAt));
  const pairs = [...(await readTrainingPairs(folder)), ...(await readHeldOutPairs(folder))];
  const hash = modelHash(job);
  for (let from = 0; from < pairs.length; from += pairsAtOnce) {
    const items = encodeItems(pairs.slice(from, from + pairsAtOnce), model, job.settings.maxLength);
    yield items.map((ids) => referenceKey(hash, { provider: job.settings.provider, precision: job.precision }, ids));
  }
}
