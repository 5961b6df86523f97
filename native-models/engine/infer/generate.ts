import { badInput } from '../../failure.ts';
import { Generator } from './generator.ts';
import { type EngineModel, openComputedModel } from '../model/model.ts';
import { readOverlay } from '../model/overlay.ts';
import type { GeneratePrompt, GenerateTask } from '../../protocol/tasks.ts';
import { largestOf } from '../../extremes.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';

/**
 * Answers the prompts of a task; `write` gets an `answer` event for each, in order. Throws `max-new-tokens-invalid`.
 */
export async function generate(task: GenerateTask, write: (event: TaskEvents['generate']) => void): Promise<void> {
  const { sampling, prompts, batchSize } = task;
  if (!Number.isInteger(sampling.maxNewTokens) || sampling.maxNewTokens < 1)
    throw badInput(
      'max-new-tokens-invalid',
      `The number of new tokens is ${sampling.maxNewTokens}; expected a whole number of at least 1.`,
      { value: sampling.maxNewTokens },
    );
  const model = await openComputedModel(task.model, task.template, write);
  const ids = prompts.map((prompt) => promptIds(prompt, model));
  const maxPositions =
    largestOf(
      ids.map(({ length }) => length),
      1,
    ) + sampling.maxNewTokens;
  const generator = await Generator.open(model, {
    device: task.device,
    sampling,
    maxPositions,
    overlay: await readOverlay(model, task.model.checkpoint),
  });
  const startedAt = performance.now();
  let tokens = 0;
  for (let start = 0; start < ids.length; start += batchSize) {
    for (const [place, answer] of (await generator.generate(ids.slice(start, start + batchSize), start)).entries()) {
      tokens += answer.ids.length;
      const text = model.tokenizer.decode(answer.finished ? answer.ids.slice(0, -1) : answer.ids, {
        skipSpecialTokens: true,
      });
      write({ event: 'answer', index: start + place, text, ids: answer.ids, finished: answer.finished });
    }
  }
  await generator.close();
  const seconds = (performance.now() - startedAt) / 1000;
  write({ event: 'done', prompts: prompts.length, seconds, tokensPerSecond: tokens / seconds });
}

function promptIds(prompt: GeneratePrompt, { encoder, tokenizer }: EngineModel): readonly number[] {
  if ('messages' in prompt) return encoder.encodePrompt(prompt.messages);
  const ids = 'ids' in prompt ? prompt.ids : tokenizer.encode(prompt.text, { addSpecialTokens: true });
  if (ids.length === 0) throw badInput('prompt-empty', 'A prompt has no tokens. Give some text or token ids.');
  return ids;
}
