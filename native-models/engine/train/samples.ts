import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { truncate } from '../../text/truncate.ts';
import { Generator } from '../infer/generator.ts';
import type { EngineModel } from '../model/model.ts';
import {
  appendRunSamples,
  readRunSamples,
  replaceRunSamples,
  type RunSample,
} from '../../protocol/run-folder/samples.ts';
import type { SamplingSettings, TaskMessage } from '../../protocol/tasks.ts';
import { largestOf } from '../../extremes.ts';
import type { SnapshotPair } from '../../protocol/run-folder/pairs.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';

/** A prompt as people read it and as the run's tokens. */
export interface SamplePrompt {
  readonly text: string;
  readonly ids: readonly number[];
}

const mostPrompts = 4;
const greedy: SamplingSettings = { maxNewTokens: 64, temperature: 0, topP: 1, seed: 0 };

/**
 * The first four distinct prompts of `pairs`, whole up to where an answer begins, or the last `maxLength` tokens of
 * them.
 */
export function samplePrompts(
  pairs: readonly SnapshotPair[],
  { encoder, tokenizer }: Pick<EngineModel, 'encoder' | 'tokenizer'>,
  maxLength: number,
): readonly SamplePrompt[] {
  const prompts = new Map<string, readonly number[]>();
  for (const { prompt } of pairs) {
    const text = promptText(prompt);
    if (!prompts.has(text))
      prompts.set(text, truncate(encoder.encodePrompt(prompt), [], maxLength, tokenizer.bosId).prompt.ids);
    if (prompts.size === mostPrompts) break;
  }
  return Array.from(prompts, ([text, ids]) => ({ text, ids }));
}

function promptText(messages: readonly TaskMessage[]): string {
  const [first, ...rest] = messages;
  return first?.role === 'user' && rest.length === 0
    ? first.content
    : messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
}

/** What the samples of a run are made with. */
export interface RunSamplesOptions {
  readonly model: EngineModel;
  readonly settings: Pick<TrainSettings, 'provider' | 'threads'>;
  readonly trained: TrainedParameters;
  readonly prompts: readonly SamplePrompt[];
  /** The step of the checkpoint the run goes on from; `null` for a new beginning. */
  readonly resumedAt: number | null;
}

/** The answers of a model to the same few prompts while it trains, for people to look at. Training never reads them. */
export class RunSamples {
  readonly #runFolder: string;
  readonly #options: RunSamplesOptions;
  #answeredStep: number;

  private constructor(runFolder: string, options: RunSamplesOptions) {
    this.#runFolder = runFolder;
    this.#options = options;
    this.#answeredStep = options.resumedAt ?? -1;
  }

  /** Drops the samples of steps that will be done again. */
  static async open(runFolder: string, options: RunSamplesOptions): Promise<RunSamples> {
    const { resumedAt } = options;
    const kept = (await readRunSamples(runFolder)).filter(({ step }) => resumedAt !== null && step <= resumedAt);
    await replaceRunSamples(runFolder, kept);
    return new RunSamples(runFolder, options);
  }

  /** Appends the answers with these parameters, greedy and at most 64 tokens each; a step is answered once. */
  async answer(step: number, parameters: Float32Array): Promise<void> {
    const { model, settings, trained, prompts } = this.#options;
    if (prompts.length === 0 || step <= this.#answeredStep) return;
    this.#answeredStep = step;
    const maxPositions = largestOf(prompts.map(({ ids }) => ids.length)) + greedy.maxNewTokens;
    const generator = await Generator.open(model, {
      device: settings,
      sampling: greedy,
      maxPositions,
      overlay: { trained, parameters },
    });
    const answers = await generator.generate(
      prompts.map(({ ids }) => ids),
      0,
    );
    await generator.close();
    const answered = answers.map(({ ids, finished }, index): RunSample => ({
      step,
      prompt: prompts[index]?.text ?? '',
      text: model.tokenizer.decode(finished ? ids.slice(0, -1) : ids, { skipSpecialTokens: true }),
    }));
    await appendRunSamples(this.#runFolder, answered);
  }
}
