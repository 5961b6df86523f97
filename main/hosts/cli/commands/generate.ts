import type { Command } from 'commander';
import type { GeneratePrompt } from '../../../../native-models/protocol/tasks.ts';
import { execute, type CommonOptions } from '../io.ts';
import { findTarget } from '../model-target.ts';
import { choiceOption, createCommand, listOption, numberOption, stepHelp, wholeOption } from '../options.ts';
import {
  type ProviderName,
  templateNames,
  type TemplateName,
  providerNames,
} from '../../../../native-models/vocabulary/lists.ts';

interface GenerateOptions extends CommonOptions {
  readonly step?: number;
  readonly prompt?: string;
  readonly promptIds?: readonly number[];
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly raw?: true;
  readonly provider: ProviderName | 'auto';
  readonly template?: TemplateName;
  readonly threads?: number;
}

/** `generate MODEL_DIR|RUN`: an answer as text and token ids. */
export function generateCommand(): Command {
  return createCommand('generate', 'answer a prompt')
    .argument('<target>', 'model folder, or run')
    .option('--prompt <text>')
    .option('--prompt-ids <ids>', 'token ids, comma-separated, used as they are', listOption(wholeOption(0, 4_194_304)))
    .option('--max-new-tokens <number>', 'longest answer', wholeOption(1, 131_072), 128)
    .option('--temperature <number>', '0 takes the most likely token', numberOption(0, 5), 0)
    .option('--top-p <share>', 'keep the likeliest tokens that make up this share', numberOption(0.001, 1), 1)
    .option('--seed <number>', 'for a temperature above 0', wholeOption(0, 2 ** 32 - 1), 0)
    .option('--raw', 'use no template: the model continues the text')
    .option('--provider <name>', 'auto, cpu, cuda, webgpu or dml', choiceOption(['auto', ...providerNames]), 'auto')
    .option('--step <number>', stepHelp, wholeOption(1, 1e9))
    .option('--template <name>', "model, pku or plain (default: the run's, else model)", choiceOption(templateNames))
    .option('--threads <number>', 'default: all cores', wholeOption(1, 512))
    .action((target: string, options: GenerateOptions) =>
      execute(options, async (io) => {
        const { availableParallelism } = await import('node:os');
        const { generateAnswers } = await import('../../../evaluation/generate-answers.ts');
        const { chooseProvider } = await import('../../../providers/choose-provider.ts');
        const prompt = await promptOf(options);
        const { run, on } = await findTarget(target, options.library, options.step ?? null);
        const { provider } = await chooseProvider(options.provider, io.signal);
        const device = { provider, threads: options.threads ?? availableParallelism() };
        const sampling = {
          maxNewTokens: options.maxNewTokens,
          temperature: options.temperature,
          topP: options.topP,
          seed: options.seed,
        };
        const [answer] = await generateAnswers(await on(device.provider), [prompt], {
          device,
          template: options.template ?? run?.settings.template ?? 'model',
          sampling,
          signal: io.signal,
        });
        const { text, ids } = answer ?? { text: '', ids: [] };
        io.result({ text, ids }, text);
      }),
    );
}

/** Throws `prompt-missing` unless exactly one of `--prompt` and `--prompt-ids` was given. */
async function promptOf({ prompt, promptIds, raw }: GenerateOptions): Promise<GeneratePrompt> {
  const { badInput } = await import('../../../../native-models/failure.ts');
  if ((prompt === undefined) === (promptIds === undefined))
    throw badInput('prompt-missing', 'Give either --prompt TEXT or --prompt-ids 1,2,...');
  if (promptIds !== undefined) return { ids: promptIds };
  return raw === true ? { text: prompt ?? '' } : { messages: [{ role: 'user', content: prompt ?? '' }] };
}
