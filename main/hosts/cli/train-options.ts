import type { Command } from 'commander';
import { type PrecisionChoice, precisionNames } from '../../../native-models/decoder/precision.ts';
import type {
  ObjectiveName,
  ProviderName,
  ScheduleName,
  TemplateName,
  TrainSettings,
} from '../../../native-models/protocol/job.ts';
import type { Io } from './io.ts';
import { choiceOption, listOption, numberOption, wholeOption } from './options.ts';

/** Train's options as the command line gives them; what is left out keeps its default. */
export interface TrainOptions {
  readonly objective?: ObjectiveName;
  readonly beta?: number;
  readonly delta?: number;
  readonly labelSmoothing?: number;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly schedule?: ScheduleName;
  readonly warmup?: number;
  readonly weightDecay?: number;
  readonly maxGradNorm?: number;
  readonly batchSize?: number;
  readonly accumulate?: number;
  readonly maxLength?: number;
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly loraTargets?: readonly string[];
  readonly full?: true;
  readonly seed?: number;
  readonly provider?: ProviderName | 'auto';
  readonly precision?: PrecisionChoice;
  readonly template?: TemplateName;
  readonly sharedPrefix: boolean;
  readonly checkpointLayers?: 'on' | 'off' | 'auto';
  readonly threads?: number;
  readonly checkpointEvery?: number;
  readonly limit?: number;
}

/** The options that a sweep takes several values of. */
export const sweepable = ['beta', 'delta', 'epochs', 'learningRate', 'loraRank', 'seed'] as const;

/** Adds train's options to a command; with `lists` the sweepable ones take comma-separated values. */
export function addTrainOptions(command: Command, lists = false): Command {
  const number = (least: number, most: number): ((text: string) => number | number[]) =>
    lists ? listOption(numberOption(least, most)) : numberOption(least, most);
  const whole = (least: number, most: number): ((text: string) => number | number[]) =>
    lists ? listOption(wholeOption(least, most)) : wholeOption(least, most);
  return command
    .option(
      '--objective <name>',
      'safedpo, dpo, dpo-safebetter, dpo-harmless, cdpo, ipo or sft (default: safedpo)',
      choiceOption(['safedpo', 'dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft']),
    )
    .option('--beta <number>', 'strength of the pull to the start model (default: 0.1)', number(1e-6, 100))
    .option(
      '--delta <number>',
      "SafeDPO's margin; the gap asked for is delta / beta nats (default: 10)",
      number(0, 1000),
    )
    .option('--label-smoothing <share>', "cDPO's share of flipped preferences (default: 0.1)", numberOption(0, 0.5))
    .option('--epochs <number>', 'passes over the data (default: 3)', number(0.001, 100))
    .option(
      '--learning-rate <number>',
      'default: 1e-6 at width 4096, in inverse proportion to the width; ten times that for LoRA',
      number(1e-12, 1),
    )
    .option(
      '--schedule <name>',
      'cosine, linear or constant (default: cosine)',
      choiceOption(['cosine', 'linear', 'constant']),
    )
    .option('--warmup <share>', 'share of the steps spent warming up (default: 0.03)', numberOption(0, 1))
    .option('--weight-decay <number>', 'default: 0.05', numberOption(0, 1))
    .option(
      '--max-grad-norm <number>',
      'gradients are scaled down to this norm; 0: never (default: 1)',
      numberOption(0, 1000),
    )
    .option('--batch-size <pairs>', 'pairs in a micro-batch (default: 8)', wholeOption(1, 1024))
    .option('--accumulate <batches>', 'micro-batches in a step (default: 1)', wholeOption(1, 1024))
    .option('--max-length <tokens>', 'prompt and response together (default: 512)', wholeOption(8, 131_072))
    .option('--lora-rank <rank>', 'rank of the adapter (default: 16)', whole(1, 1024))
    .option('--lora-alpha <number>', 'scale of the adapter (default: twice the rank)', numberOption(0.001, 8192))
    .option(
      '--lora-targets <names>',
      'linear layers with an adapter, comma-separated (default: all)',
      listOption(String),
    )
    .option('--full', 'train every parameter instead of an adapter')
    .option('--seed <number>', 'default: 42', whole(0, 2 ** 32 - 1))
    .option(
      '--provider <name>',
      'auto, cpu, cuda, webgpu or dml (default: auto)',
      choiceOption(['auto', 'cpu', 'cuda', 'webgpu', 'dml']),
    )
    .option(
      '--precision <name>',
      'auto, float32, bfloat16, float16 or int4: element type of products, or of the frozen weights ' +
        '(default: auto, by provider, card and memory)',
      choiceOption(['auto', ...precisionNames]),
    )
    .option(
      '--template <name>',
      "model (the model's own chat template), pku or plain (default: model)",
      choiceOption(['model', 'pku', 'plain']),
    )
    .option('--no-shared-prefix', 'compute the prompt once for each response')
    .option(
      '--checkpoint-layers <mode>',
      'on saves memory and costs a third more time; auto decides by the memory plan (default: auto)',
      choiceOption(['on', 'off', 'auto']),
    )
    .option('--threads <number>', 'default: all cores', wholeOption(1, 512))
    .option('--checkpoint-every <steps>', 'default: 50', wholeOption(1, 1_000_000))
    .option('--limit <pairs>', 'train on at most so many pairs, drawn by the seed', wholeOption(1, 1e9));
}

const keptLayers = { on: 1, off: 'all', auto: 'auto' } as const;

/**
 * The settings that options come to for a model; the provider is chosen by trying it, and `io` hears why. Throws
 * `provider-unavailable`.
 */
export async function trainSettings(
  options: TrainOptions,
  modelPath: string,
  io: Pick<Io, 'signal' | 'progress'>,
): Promise<TrainSettings> {
  const { defaultLearningRate, defaultSettings } = await import('../../runs/settings.ts');
  const { parseModelConfig } = await import('../../models/inspect.ts');
  const { chooseProvider } = await import('../../providers/choose-provider.ts');
  const { provider, reason } = await chooseProvider(options.provider ?? 'auto', io.signal);
  if (options.provider === undefined || options.provider === 'auto')
    io.progress(`training on ${provider}: ${reason}`, { always: true });
  const config = await parseModelConfig(modelPath);
  const defaults = defaultSettings(config);
  const rank = options.loraRank ?? 16;
  const lora =
    options.full === true ? null : { rank, alpha: options.loraAlpha ?? 2 * rank, targets: options.loraTargets ?? [] };
  return {
    ...defaults,
    objective: options.objective ?? defaults.objective,
    beta: options.beta ?? defaults.beta,
    delta: options.delta ?? defaults.delta,
    labelSmoothing: options.labelSmoothing ?? defaults.labelSmoothing,
    epochs: options.epochs ?? defaults.epochs,
    learningRate: options.learningRate ?? defaultLearningRate(config, lora !== null),
    schedule: options.schedule ?? defaults.schedule,
    warmupShare: options.warmup ?? defaults.warmupShare,
    weightDecay: options.weightDecay ?? defaults.weightDecay,
    maxGradNorm: options.maxGradNorm ?? defaults.maxGradNorm,
    batchSize: options.batchSize ?? defaults.batchSize,
    accumulate: options.accumulate ?? defaults.accumulate,
    maxLength: options.maxLength ?? defaults.maxLength,
    lora,
    seed: options.seed ?? defaults.seed,
    provider,
    precision: options.precision ?? defaults.precision,
    template: options.template ?? defaults.template,
    sharedPrefix: options.sharedPrefix,
    keptLayers: keptLayers[options.checkpointLayers ?? 'auto'],
    threads: options.threads ?? defaults.threads,
    checkpointEverySteps: options.checkpointEvery ?? defaults.checkpointEverySteps,
  };
}
