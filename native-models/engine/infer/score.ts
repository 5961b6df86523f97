import type { EncodedSequence, PairEncoder } from '../../text/encode-pair.ts';
import { openComputedModel } from '../model/model.ts';
import { readOverlay } from '../model/overlay.ts';
import { Scorer } from './scorer.ts';
import type { ScoreRow, ScoreTask } from '../../protocol/tasks.ts';
import { largestOf } from '../../extremes.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';

/** Tokens in one run. */
const batchTokens = 4096;

/** Scores the rows of a task; `write` gets a `row` event for each, in order, and `progress` events before. */
export async function score(task: ScoreTask, write: (event: TaskEvents['score']) => void): Promise<void> {
  const model = await openComputedModel(task.model, task.template, write);
  const sequences = task.rows.map((row) => encodeRow(row, model.encoder, task.maxLength));
  const longest = largestOf(
    sequences.map(({ promptIds, completionIds }) => promptIds.length + completionIds.length),
    1,
  );
  const overlay = await readOverlay(model, task.model.checkpoint);
  const scorer = await Scorer.open(model, { device: task.device, maxLength: longest, batchTokens, overlay });
  const startedAt = performance.now();
  const logps = await scorer.sequences(sequences, (done) =>
    write({ event: 'progress', done, total: sequences.length }),
  );
  await scorer.close();
  for (const [index, logp] of logps.entries())
    write({ event: 'row', index, logp, tokens: sequences[index]?.completionIds.length ?? 0 });
  const seconds = (performance.now() - startedAt) / 1000;
  const tokens = sequences.reduce(
    (sum, { promptIds, completionIds }) => sum + promptIds.length + completionIds.length,
    0,
  );
  write({ event: 'done', rows: sequences.length, seconds, tokensPerSecond: tokens / seconds });
}

/** The tokens of a row; text is cut to `maxLength`. */
export function encodeRow(
  row: ScoreRow,
  encoder: PairEncoder,
  maxLength: number,
): Pick<EncodedSequence, 'promptIds' | 'completionIds'> {
  if ('prompt_ids' in row) return { promptIds: row.prompt_ids, completionIds: row.completion_ids };
  const messages = typeof row.prompt === 'string' ? [{ role: 'user' as const, content: row.prompt }] : row.prompt;
  return encoder.encodeSequence(messages, row.completion, maxLength);
}
