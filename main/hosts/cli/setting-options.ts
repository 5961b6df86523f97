import { type Command, Option } from 'commander';
import { choiceOption, listOption, numberOption, wholeOption } from './options.ts';
import { type SettingName, settingNames, settingRow } from '../../../native-models/vocabulary/settings.ts';
import type { SettingRow } from '../../../native-models/vocabulary/setting-row.ts';

/** An option whose value is called like the setting, whatever its flag. */
class SettingOption extends Option {
  readonly #name: SettingName;

  constructor(name: SettingName, flag: string, help: string) {
    super(flag, help);
    this.#name = name;
  }

  override attributeName(): string {
    return this.#name;
  }
}

/** The options that a sweep takes several values of. */
export const sweepableSettings = settingNames.filter((name) => settingRow(name).sweepable === true);

/**
 * Adds an option for each setting that has a flag in the table; with `lists` the sweepable ones take comma-separated
 * values. What is not given has no value.
 */
export function addSettingOptions(command: Command, lists: boolean): Command {
  for (const name of settingNames) {
    const row = settingRow(name);
    if (row.flag === null) continue;
    const option = new SettingOption(name, row.flag, helpOf(row));
    const parse = parserOf(row);
    if (parse !== null) option.argParser(lists && row.sweepable === true ? listOption(parse) : parse);
    command.addOption(option);
  }
  return command;
}

function parserOf(row: SettingRow): ((text: string) => unknown) | null {
  if (row.kind === 'number') return numberOption(row.min, row.max);
  if (row.kind === 'whole') return wholeOption(row.min, row.max);
  return row.kind === 'choice' ? choiceOption(row.options) : null;
}

/** What a setting does and its default: `the size of a step (default: 1e-6 at width 4096, …)`. */
function helpOf(row: SettingRow): string {
  if (row.flagHelp !== undefined) return row.flagHelp;
  const choices = row.kind === 'choice' ? ` [${row.options.join(', ')}]` : '';
  const usual = 'defaultFrom' in row ? row.defaultFrom : String(row.default);
  return `${asClause(row.meaning)}${choices} (default: ${usual})`;
}

/** Without its full stop, and in lower case unless it begins with a name. */
function asClause(sentence: string): string {
  const clause = sentence.replace(/[.]$/, '');
  return /^[A-Z][a-z]*\b(?!')/.test(clause) ? `${clause.charAt(0).toLowerCase()}${clause.slice(1)}` : clause;
}
