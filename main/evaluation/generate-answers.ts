import type {
  ComputedModel,
  EngineDevice,
  GeneratePrompt,
  SamplingSettings,
} from '../../native-models/protocol/tasks.ts';
import { runTask } from '../engine/run-task.ts';
import type { TemplateName } from '../../native-models/vocabulary/lists.ts';

export interface GenerateOptions {
  readonly device: EngineDevice;
  readonly template: TemplateName;
  readonly sampling: SamplingSettings;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

export interface Answer {
  readonly text: string;
  readonly ids: readonly number[];
}

const promptsAtOnce = 16;

/**
 * Answers prompts in their order; the same prompts, seed and model give the same answers. Throws the engine's failures.
 */
export async function generateAnswers(
  model: ComputedModel,
  prompts: readonly GeneratePrompt[],
  options: GenerateOptions,
): Promise<Answer[]> {
  const { device, template, sampling, signal, onProgress } = options;
  const answers: Answer[] = [];
  for await (const event of runTask(
    'generate',
    { model, device, template, sampling, batchSize: promptsAtOnce, prompts },
    signal,
  )) {
    if (event.event !== 'answer') continue;
    answers.push({ text: event.text, ids: event.ids });
    onProgress?.(answers.length / prompts.length);
  }
  return answers;
}
