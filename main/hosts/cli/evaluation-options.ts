import type { Command } from 'commander';
import type { SamplingSettings } from '../../../native-models/protocol/tasks.ts';
import {
  defaultAnswerTokens,
  evaluationDefaults,
  usualAnswerTokens,
} from '../../../preload/contract/evaluation-defaults.ts';
import type { JudgeName } from '../../evaluation/judges.ts';
import { choiceOption, numberOption, wholeOption } from './options.ts';

export interface EvaluationOptions {
  readonly judge: JudgeName | 'auto';
  readonly prompts?: string;
  readonly maxPrompts: number;
  /** Not given: half of the model's context, at most a usual answer. */
  readonly maxNewTokens?: number;
  readonly temperature: number;
  readonly samplingSeed: number;
}

/** How answers of a model are drawn. Throws what `parseModelConfig` throws. */
export async function samplingOf(
  { maxNewTokens, temperature, samplingSeed }: EvaluationOptions,
  modelPath: string,
): Promise<Omit<SamplingSettings, 'topP'>> {
  const { parseModelConfig } = await import('../../models/inspect.ts');
  const longest = maxNewTokens ?? defaultAnswerTokens((await parseModelConfig(modelPath)).maxPositions);
  return { maxNewTokens: longest, temperature, seed: samplingSeed };
}

/** Adds what decides how answers are made and judged. */
export function addEvaluationOptions(command: Command): Command {
  return command
    .option(
      '--judge <name>',
      "sample (the bundled sample's rules), refusal (refusal phrases), none, or auto",
      choiceOption(['sample', 'refusal', 'none', 'auto']),
      'auto',
    )
    .option('--prompts <file>', 'prompts to answer, one per row (default: those of the held-out pairs)')
    .option('--max-prompts <number>', 'the most prompts to answer', wholeOption(0, 100_000), evaluationDefaults.prompts)
    .option(
      '--max-new-tokens <number>',
      `longest answer (default: half of the model's context, at most ${usualAnswerTokens})`,
      wholeOption(1, 8192),
    )
    .option(
      '--temperature <number>',
      '0 takes the most likely token',
      numberOption(0, 5),
      evaluationDefaults.temperature,
    )
    .option(
      '--sampling-seed <number>',
      'the same for both models',
      wholeOption(0, 2 ** 32 - 1),
      evaluationDefaults.seed,
    );
}
