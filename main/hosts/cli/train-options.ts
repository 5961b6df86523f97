import type { Command } from 'commander';
import type { Io } from './io.ts';
import { choiceOption, listOption, numberOption, wholeOption } from './options.ts';
import { addSettingOptions } from './setting-options.ts';
import { providerNames, type ProviderName } from '../../../native-models/vocabulary/lists.ts';
import { type TrainSettings, settingNames } from '../../../native-models/vocabulary/settings.ts';
import { settingsTable } from '../../../native-models/vocabulary/settings-table.ts';

/** The settings that the command line asks for in a form of its own. */
type OwnForm = 'lora' | 'provider' | 'keptLayers';

/** Train's options as the command line gives them; what is left out keeps its default. */
export interface TrainOptions extends Partial<Omit<TrainSettings, OwnForm>> {
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly loraTargets?: readonly string[];
  readonly full?: true;
  readonly provider?: ProviderName | 'auto';
  readonly checkpointLayers?: keyof typeof keptLayers;
  readonly limit?: number;
}

const keptLayers = { on: 1, off: 'all', auto: 'auto' } as const;

/** Adds train's options to a command; with `lists` the sweepable ones take comma-separated values. */
export function addTrainOptions(command: Command, lists = false): Command {
  const { rank, alpha, default: usual } = settingsTable.lora;
  const oneRank = wholeOption(rank.min, rank.max);
  const parseRank: (text: string) => number | number[] = lists ? listOption(oneRank) : oneRank;
  return addSettingOptions(command, lists)
    .option('--lora-rank <rank>', `rank of the adapter (default: ${usual.rank})`, parseRank)
    .option(
      '--lora-alpha <number>',
      'scale of the adapter (default: twice the rank)',
      numberOption(alpha.min, alpha.max),
    )
    .option(
      '--lora-targets <names>',
      'linear layers with an adapter, comma-separated (default: all)',
      listOption(String),
    )
    .option('--full', 'train every parameter instead of an adapter')
    .option(
      '--provider <name>',
      `device: auto, ${providerNames.join(', ')} (default: auto)`,
      choiceOption(['auto', ...providerNames]),
    )
    .option(
      '--checkpoint-layers <mode>',
      'on saves memory and takes up to a third more time; auto decides by the memory plan (default: auto)',
      choiceOption(['on', 'off', 'auto']),
    )
    .option('--limit <pairs>', 'train on at most this many pairs, drawn by the seed', wholeOption(1, 1e9));
}

/**
 * The settings for a model that follow from options; the provider is chosen by trying it, and `io` hears why. Throws
 * `provider-unavailable`.
 */
export async function trainSettings(
  options: TrainOptions,
  modelPath: string,
  io: Pick<Io, 'signal' | 'progress'>,
): Promise<TrainSettings> {
  const { trainSettingsSchema } = await import('../../../native-models/vocabulary/settings-schema.ts');
  const { defaultLearningRate, defaultSettings } = await import('../../runs/settings.ts');
  const { parseModelConfig } = await import('../../models/inspect.ts');
  const { chooseProvider } = await import('../../providers/choose-provider.ts');
  const { provider, reason } = await chooseProvider(options.provider ?? 'auto', io.signal);
  if (options.provider === undefined || options.provider === 'auto')
    io.progress(`training on ${provider}: ${reason}`, { always: true });
  const config = await parseModelConfig(modelPath);
  const rank = options.loraRank ?? settingsTable.lora.default.rank;
  const lora =
    options.full === true ? null : { rank, alpha: options.loraAlpha ?? 2 * rank, targets: options.loraTargets ?? [] };
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined));
  return trainSettingsSchema.parse({
    ...defaultSettings(config),
    learningRate: defaultLearningRate(config, lora !== null),
    ...Object.fromEntries(settingNames.flatMap((name) => (given.has(name) ? [[name, given.get(name)]] : []))),
    lora,
    provider,
    keptLayers: keptLayers[options.checkpointLayers ?? 'auto'],
  });
}
