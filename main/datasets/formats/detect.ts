import { badInput, type Failure } from '../../../native-models/failure.ts';
import { cellAt, isMappingField, mappingFields, type Mapping, type MappingField } from './fields.ts';
import type { DatasetFormat, Detection } from './format.ts';
import { helpSteer } from './helpsteer.ts';
import { hhRlhf } from './hh-rlhf.ts';
import { isComplete, mapped } from './mapped.ts';
import type { GivenMeanings } from './meanings.ts';
import { pkuSafeRlhf } from './pku-saferlhf.ts';
import type { RenderedChoice } from './reading.ts';
import { rankedList, safeUnsafeList } from './safe-unsafe-list.ts';
import { readableRows, type Sample } from './sample.ts';
import { shareGpt } from './sharegpt.ts';
import { singleResponses } from './single-responses.ts';
import { stackExchange } from './stack-exchange.ts';
import { trl } from './trl.ts';
import { unknownFormat } from './unknown.ts';

/** In the order in which they are tried: the first that fits is taken. */
const detected: readonly DatasetFormat[] = [
  pkuSafeRlhf,
  helpSteer,
  safeUnsafeList,
  rankedList,
  shareGpt,
  hhRlhf,
  trl,
  stackExchange,
  singleResponses,
  mapped,
];

/** All names that `--format` takes. */
export const formatNames: readonly string[] = detected.map(({ name }) => name);

export interface ChosenFormat extends Detection {
  readonly format: DatasetFormat;
}

export interface FormatChoice {
  readonly format?: string | null;
  /** Field to column, as given by the person. */
  readonly mapping?: { readonly [field: string]: string } | null;
  /** What values of choice and verdict columns mean: field to value to meaning. */
  readonly values?: GivenMeanings | null;
  /** What becomes of texts that a chat template was written into. */
  readonly rendered?: RenderedChoice | null;
  /** Columns that look like part of the prompt and are to be left out. */
  readonly leftOut?: readonly string[] | null;
}

/**
 * Decides how a file is read: by the mapping where it names both responses, by the format asked for, else by the first
 * rows. A mapping that names less completes or replaces what was detected.
 * @throws Failure `dataset-format-unknown`, `dataset-without-preference`, `format-unknown`, `format-does-not-fit`,
 *   `mapping-unknown-field`, `mapping-unknown-column`
 */
export function chooseFormat(file: string, sample: Sample, { format, mapping, leftOut }: FormatChoice): ChosenFormat {
  for (const column of leftOut ?? []) requireColumn(file, sample, column, 'left out');
  const given = checkMapping(file, sample, mapping ?? {});
  if (format !== undefined && format !== null && format !== mapped.name)
    return withMapping(namedFormat(file, sample, format), given);
  if (isComplete(given)) return { format: mapped, mapping: given, reason: 'columns mapped by hand' };
  for (const candidate of format === mapped.name ? [mapped] : detected) {
    const detection = candidate.detect(sample);
    if (detection !== null && detection.doubtful !== true)
      return withMapping({ format: candidate, ...detection }, given);
  }
  throw unknownFormat(file, sample);
}

function withMapping(chosen: ChosenFormat, given: Mapping): ChosenFormat {
  const fields = Object.keys(given);
  return fields.length === 0
    ? chosen
    : {
        ...chosen,
        mapping: { ...chosen.mapping, ...given },
        reason: `${chosen.reason}; mapped by hand: ${fields.join(', ')}`,
      };
}

function namedFormat(file: string, sample: Sample, name: string): ChosenFormat {
  const format = detected.find((candidate) => candidate.name === name);
  if (format === undefined)
    throw badInput(
      'format-unknown',
      `There is no dataset format "${name}". Choose one of ${formatNames.join(', ')}, or leave it out to ` +
        'have it detected.',
      { format: name, expected: formatNames },
    );
  const detection = format.detect(sample);
  if (detection !== null) return { format, ...detection, reason: `chosen by hand; ${detection.reason}` };
  throw badInput(
    'format-does-not-fit',
    `${file} is not in the format ${name}: it has the columns ` +
      `${sample.columns.map((column) => column.name).join(', ')}. Leave the format out to have it detected, or ` +
      'map the columns.',
    { file, format: name },
  );
}

function checkMapping(file: string, sample: Sample, given: { readonly [field: string]: string }): Mapping {
  const checked: { [field in MappingField]?: string } = {};
  for (const [field, column] of Object.entries(given)) {
    if (!isMappingField(field)) throw unknownField(field);
    requireColumn(file, sample, column, `mapped to ${field}`);
    checked[field] = column;
  }
  return checked;
}

function requireColumn(file: string, sample: Sample, column: string, what: string): void {
  if (readableRows(sample.rows).some(({ value }) => cellAt(value, column) !== undefined)) return;
  const names = sample.columns.map(({ name }) => name);
  throw badInput('mapping-unknown-column', `${file} has no column "${column}" (${what}). It has ${names.join(', ')}.`, {
    file,
    column,
    expected: names,
  });
}

function unknownField(field: string): Failure {
  return badInput(
    'mapping-unknown-field',
    `"${field}" is not a field a column can be mapped to. Choose one of ${mappingFields.join(', ')}.`,
    { field, expected: [...mappingFields] },
  );
}
