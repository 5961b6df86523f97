import { badInput } from '../../../native-models/failure.ts';
import type { Mapping } from './fields.ts';
import {
  isValueField,
  meaningsOf,
  sideFields,
  valueFields,
  valueKey,
  type GivenMeanings,
  type Meaning,
  type Meanings,
  type ValueField,
} from './meanings.ts';
import { meaningsOfSides } from './side-meanings.ts';
import type { Survey } from './survey.ts';
import { meaningsOfVerdicts } from './verdict-meanings.ts';

/** What was made of the values of one field. */
export interface DecidedField {
  readonly field: ValueField;
  readonly column: string;
  /** Each value with the number of rows that hold it. */
  readonly counts: ReadonlyMap<string, number>;
  readonly meanings: ReadonlyMap<string, Meaning>;
  /** `null`: the column can be read; otherwise why it cannot until a person gives the meanings. */
  readonly unclear: string | null;
}

/**
 * Decides what the values of all choice and verdict columns mean, each column's values together; what a person gave
 * goes before every rule.
 * @throws Failure `meaning-unknown-field`, `meaning-unknown`
 */
export function decideMeanings(mapping: Mapping, survey: Survey, given: GivenMeanings): readonly DecidedField[] {
  const told = checkGiven(given);
  return valueFields.flatMap((field): readonly DecidedField[] => {
    const column = mapping[field];
    const counts = survey.counts.get(field);
    if (column === undefined || counts === undefined) return [];
    const own = told.get(field) ?? new Map<string, Meaning>();
    if (survey.crowded.has(field))
      return [{ field, column, counts, meanings: own, unclear: `it has more than ${counts.size} different values` }];
    const open = [...counts.keys()].filter((key) => !own.has(key));
    const isSide = sideFields.some((name) => name === field);
    const ruling = isSide ? meaningsOfSides(open, column, responsesOf(mapping)) : meaningsOfVerdicts(open, field);
    return [{ field, column, counts, meanings: new Map([...ruling.meanings, ...own]), unclear: ruling.unclear }];
  });
}

/** The meanings to read with. @throws Failure `value-meaning-unclear` where a column cannot be read yet */
export function requireClear(file: string, decided: readonly DecidedField[]): Meanings {
  const unclear = decided.find((one) => one.unclear !== null);
  if (unclear !== undefined) {
    const { field, column, counts } = unclear;
    const values = [...counts].map(([value, rows]) => ({ value, rows }));
    const listed = values.slice(0, 8).map(({ value, rows }) => `${value} (${rows === 1 ? '1 row' : `${rows} rows`})`);
    const expected = [...meaningsOf(field)];
    throw badInput(
      'value-meaning-unclear',
      `${file}: the column "${column}", mapped to ${field}, holds ` +
        `${listed.join(', ')}${values.length > 8 ? ', ...' : ''}, and ${unclear.unclear}. Say what each value ` +
        `means (${expected.join(', ')}), or do not map the column.`,
      { file, field, column, values, expected },
    );
  }
  return meaningsIn(decided);
}

/** The meanings as far as they are known, for a preview. */
export function meaningsIn(decided: readonly DecidedField[]): Meanings {
  return Object.fromEntries(decided.map(({ field, meanings }) => [field, meanings]));
}

function responsesOf(mapping: Mapping): { readonly a: string; readonly b: string } {
  return { a: mapping.chosen ?? mapping.responseA ?? '', b: mapping.rejected ?? mapping.responseB ?? '' };
}

function checkGiven(given: GivenMeanings): ReadonlyMap<ValueField, ReadonlyMap<string, Meaning>> {
  return new Map(
    Object.entries(given).map(([field, values]) => {
      if (!isValueField(field)) {
        throw badInput(
          'meaning-unknown-field',
          `The values of "${field}" have no meaning to choose. Choose one of ${valueFields.join(', ')}.`,
          { field, expected: [...valueFields] },
        );
      }
      return [
        field,
        new Map(
          Object.entries(values).map(([value, name]) => [valueKey(value) ?? '', checkMeaning(field, value, name)]),
        ),
      ];
    }),
  );
}

function checkMeaning(field: ValueField, value: string, name: string): Meaning {
  const meaning = meaningsOf(field).find((known) => known.toLowerCase() === name.toLowerCase());
  if (meaning !== undefined) return meaning;
  const expected = [...meaningsOf(field)];
  throw badInput(
    'meaning-unknown',
    `The value "${value}" of ${field} cannot mean "${name}". Choose one of ${expected.join(', ')}.`,
    { field, value, meaning: name, expected },
  );
}
