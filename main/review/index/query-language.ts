import { z } from 'zod';
import { badInput } from '../../../native-models/failure.ts';
import {
  facetNames,
  mostTextCharacters,
  mostTextTerms,
  type ReviewFilter,
  reviewFilter,
  reviewTerms,
  sortKeys,
  type TextTerm,
} from '../../../preload/contract/review-filter.ts';

/** One word of a query with its 1-based column. */
interface Token {
  readonly column: number;
  readonly not: boolean;
  /** `null` for a text term. */
  readonly field: string | null;
  readonly values: readonly string[];
  readonly quoted: boolean;
}

const fields: readonly string[] = [...facetNames, 'length', 'sort'];
const pattern = /(-?)(?:([A-Za-z]+):)?((?:"[^"]*"|[^\s",]+)(?:,(?:"[^"]*"|[^\s",]+))*)/y;

/**
 * Reads a typed query, e.g. `class:waiting category:Violence,Drugs -flagged:yes length:100..2000 "how to" bomb* -joke
 * sort:length-`. Values of one field are alternatives, fields and words combine with "and", `-` in front takes away.
 * @throws Failure `query-invalid`, which names the column
 */
export function parseQuery(query: string): ReviewFilter {
  const terms: { [field: string]: string[] } = {};
  const not: { [field: string]: string[] } = {};
  const text: TextTerm[] = [];
  const rest: { length?: ReviewFilter['length']; sort?: ReviewFilter['sort'] } = {};
  for (const token of tokens(query)) {
    if (token.field === null) text.push(textTerm(token));
    else if (token.field === 'length') rest.length = lengthOf(token);
    else if (token.field === 'sort') rest.sort = sortOf(token);
    else addTerm(token.not ? not : terms, token, token.field);
  }
  const parsed = reviewFilter.safeParse({
    ...terms,
    ...rest,
    ...(text.length > 0 && { text }),
    ...(Object.keys(not).length > 0 && { not }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badInput(
    'query-invalid',
    'The query is too long: ' +
      `${
        issue?.path[0] === 'text'
          ? `at most ${mostTextTerms} words or phrases of ${mostTextCharacters} characters each, without control ` +
            'characters, are searched for. Put a longer text into quotation marks, or leave words out'
          : (issue?.message ?? 'it has too many values')
      }.`,
    { field: issue?.path.join('.') ?? '' },
  );
}

/** The query that `parseQuery` reads as this filter. */
export function formatQuery(filter: ReviewFilter): string {
  const ofTerms = (terms: ReviewFilter['not'], sign: string): string[] =>
    facetNames.flatMap((facet) =>
      terms?.[facet] === undefined ? [] : [`${sign}${facet}:${terms[facet].map(quoteWhereNeeded).join(',')}`],
    );
  const { length, sort, text = [] } = filter;
  return [
    ...ofTerms(filter, ''),
    ...ofTerms(filter.not, '-'),
    ...(length === undefined ? [] : [`length:${length.from ?? ''}..${length.to ?? ''}`]),
    ...text.map(
      ({ match, words, not }) =>
        `${not ? '-' : ''}${match === 'prefix' ? `${words}*` : match === 'phrase' ? `"${words}"` : words}`,
    ),
    ...(sort === undefined ? [] : [`sort:${sort.by}${sort.descending ? '-' : ''}`]),
  ].join(' ');
}

function* tokens(query: string): Generator<Token> {
  let place = 0;
  while (place < query.length) {
    if (/\s/.test(query[place] ?? '')) {
      place += 1;
      continue;
    }
    pattern.lastIndex = place;
    const match = pattern.exec(query);
    const column = place + 1;
    if (match === null)
      throw invalid(
        column,
        query[place] === '"'
          ? 'this quotation mark is not closed'
          : `${JSON.stringify(query.slice(place).split(/\s/)[0])} is neither a word nor field:value`,
      );
    const [whole, sign, field, list = ''] = match;
    place += whole.length;
    if (place < query.length && !/\s/.test(query[place] ?? ''))
      throw invalid(place + 1, `a space is expected here, not ${JSON.stringify(query[place])}`);
    const values = [...list.matchAll(/"([^"]*)"|[^,"]+/g)].map(([value, inner]) => inner ?? value);
    const name = field?.toLowerCase();
    if (name !== undefined && !fields.includes(name))
      throw invalid(
        column,
        `there is no field ${JSON.stringify(field)}; the fields are ${fields.join(', ')}. To search for the ` +
          'text, put it in quotation marks',
      );
    yield {
      column,
      not: sign === '-',
      field: name ?? null,
      values: name === undefined && !list.startsWith('"') ? [list] : values,
      quoted: list.startsWith('"'),
    };
  }
}

function addTerm(terms: { [field: string]: string[] }, { column, values }: Token, field: string): void {
  const facet = facetNames.find((name) => name === field);
  if (facet === undefined) throw invalid(column, `there is no field ${field}`);
  const schema = reviewTerms.shape[facet];
  const { element } = schema.unwrap();
  const known: readonly string[] = element instanceof z.ZodEnum ? element.options : [];
  const spelled = values.map((value) => known.find((name) => name.toLowerCase() === value.toLowerCase()) ?? value);
  const parsed = schema.safeParse(spelled);
  if (!parsed.success)
    throw invalid(
      column,
      `${field} has no value ` +
        values.map((value) => JSON.stringify(value)).join(', ') +
        (known.length > 0 ? `; its values are ${known.join(', ')}` : ''),
    );
  terms[field] = [...new Set([...(terms[field] ?? []), ...spelled])];
}

function textTerm({ values, quoted, not, column }: Token): TextTerm {
  const words = values.join(' ');
  const prefix = !quoted && words.endsWith('*');
  const bare = prefix ? words.slice(0, -1) : words;
  if (!/[\p{L}\p{N}]/u.test(bare))
    throw invalid(column, `${JSON.stringify(words)} has no letter or digit to search for`);
  return { match: quoted ? 'phrase' : prefix ? 'prefix' : 'word', words: bare, not };
}

function lengthOf({ column, values, not }: Token): NonNullable<ReviewFilter['length']> {
  const [, from, to] = /^(\d{0,9})\.\.(\d{0,9})$/.exec(values.join(',')) ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '') || not)
    throw invalid(column, 'length is given in characters, as length:100..2000, length:100.. or length:..2000');
  return { ...(from !== '' && { from: Number(from) }), ...(to !== '' && { to: Number(to) }) };
}

function sortOf({ column, values, not }: Token): NonNullable<ReviewFilter['sort']> {
  const [, name, minus] = /^([a-z]+)(-?)$/.exec(values.join(',')) ?? [];
  const by = sortKeys.find((key) => key === name);
  if (by === undefined || not)
    throw invalid(column, `sort is one of ${sortKeys.join(', ')}, with - behind it for the largest first`);
  return { by, descending: minus === '-' };
}

function quoteWhereNeeded(value: string): string {
  return /[\s",]/.test(value) ? `"${value}"` : value;
}

function invalid(column: number, message: string): Error {
  return badInput('query-invalid', `Column ${column} of the query: ${message}.`, { column });
}
