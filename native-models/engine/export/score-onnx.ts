import { readModelConfigs } from '../../model-folder/model-folder.ts';
import type { EncodedSequence } from '../../text/encode-pair.ts';
import { openModelText } from '../model/model.ts';
import { PublishedSession } from './published-session.ts';
import { encodeRow } from '../infer/score.ts';
import type { ScoreOnnxTask } from '../../protocol/tasks.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';

type SequenceIds = Pick<EncodedSequence, 'promptIds' | 'completionIds'>;

/** Scores the rows of a task; `write` gets `progress` events, and a `row` event for each row in order. */
export async function scoreOnnx(task: ScoreOnnxTask, write: (event: TaskEvents['score-onnx']) => void): Promise<void> {
  const folder = await readModelConfigs(task.folder);
  const { encoder } = await openModelText(folder, task.template);
  const session = await PublishedSession.open(folder.dir, folder.config, task.threads);
  const sequences = task.rows.map((row) => encodeRow(row, encoder, task.maxLength));
  let cachedDifference = 0;
  for (const [index, sequence] of sequences.entries()) {
    const { logits } = await session.next([...sequence.promptIds, ...sequence.completionIds], null);
    if (index === 0) cachedDifference = await cachedStepDifference(session, sequence, logits);
    write({
      event: 'row',
      index,
      logp: completionLogp(sequence, logits, folder.config.vocabularySize),
      tokens: sequence.completionIds.length,
    });
    write({ event: 'progress', done: index + 1, total: sequences.length });
  }
  await session.close();
  write({ event: 'done', rows: sequences.length, cachedDifference });
}

/** `log softmax` of one row of logits. */
function logProbs(logits: Float32Array): Float64Array {
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const logSum = Math.log(logits.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return Float64Array.from(logits, (value) => value - largest - logSum);
}

/** The summed log-prob of a completion, from the logits `[tokens, vocabulary]` of prompt and completion. */
function completionLogp({ promptIds, completionIds }: SequenceIds, logits: Float32Array, vocabulary: number): number {
  return completionIds.reduce((sum, id, place) => {
    const row = promptIds.length - 1 + place;
    return sum + (logProbs(logits.subarray(row * vocabulary, (row + 1) * vocabulary))[id] ?? Number.NaN);
  }, 0);
}

/** All tokens but the last at once and then the last with the cache, against `whole`, the logits of all at once. */
async function cachedStepDifference(
  session: PublishedSession,
  { promptIds, completionIds }: SequenceIds,
  whole: Float32Array,
): Promise<number> {
  const ids = [...promptIds, ...completionIds];
  const step = await session.next(ids.slice(-1), await session.next(ids.slice(0, -1), null));
  const [expected, actual] = [logProbs(whole.subarray(-step.logits.length)), logProbs(step.logits)];
  return actual.reduce((most, value, token) => Math.max(most, Math.abs(value - (expected[token] ?? Number.NaN))), 0);
}
