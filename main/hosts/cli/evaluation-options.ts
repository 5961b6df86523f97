import type { Command } from 'commander';
import type { JudgeName } from '../../evaluation/judges.ts';
import { choiceOption, numberOption, wholeOption } from './options.ts';

export interface EvaluationOptions {
  readonly judge: JudgeName | 'auto';
  readonly prompts?: string;
  readonly maxPrompts: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly samplingSeed: number;
}

/** How answers are drawn. */
export function samplingOf({ maxNewTokens, temperature, samplingSeed }: EvaluationOptions) {
  return { maxNewTokens, temperature, seed: samplingSeed };
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
    .option('--max-prompts <number>', 'the most prompts to answer', wholeOption(0, 100_000), 64)
    .option('--max-new-tokens <number>', 'longest answer', wholeOption(1, 8192), 96)
    .option('--temperature <number>', '0 takes the most likely token', numberOption(0, 5), 0)
    .option('--sampling-seed <number>', 'the same for both models', wholeOption(0, 2 ** 32 - 1), 0);
}
