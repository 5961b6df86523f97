import { dumpJson } from './python-json.ts';
import { capitalize, printed, strip, titleFilter } from './python-text.ts';
import { holds } from './python-tests.ts';
import {
  attributeOf,
  isList,
  isNone,
  isNumber,
  isText,
  isTruthy,
  isUndefined,
  itemsOf,
  toList,
  toValue,
} from './values.ts';
import type { Value } from './library.ts';

/** The arguments of a call: by place, and by name. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

type Filter = (operand: Value, argument: (place: number, name: string) => Value | undefined) => Value;

/** Jinja's filters where the library has another result than Jinja2, or none; the others are the library's. */
const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['trim', (operand, argument) => toValue(strip(printed(operand), textOrNull(argument(0, 'chars')), 'both'))],
  ['capitalize', (operand) => toValue(capitalize(printed(operand)))],
  ['title', (operand) => toValue(titleFilter(printed(operand)))],
  ['upper', (operand) => toValue(printed(operand).toUpperCase())],
  ['lower', (operand) => toValue(printed(operand).toLowerCase())],
  ['string', (operand) => toValue(printed(operand))],
  ['length', (operand) => toValue(listed(operand).length)],
  ['count', (operand) => toValue(listed(operand).length)],
  ['list', (operand) => toList(listed(operand))],
  ['first', (operand) => listed(operand)[0] ?? toValue(undefined)],
  ['last', (operand) => listed(operand).at(-1) ?? toValue(undefined)],
  ['join', (operand, argument) => toValue(joined(operand, argument(0, 'd'), argument(1, 'attribute')))],
  ['default', defaulted],
  ['d', defaulted],
  [
    'int',
    (operand, argument) =>
      argument(1, 'base') === undefined
        ? toValue(wholeNumber(operand) ?? plain(argument(0, 'default') ?? toValue(0)))
        : unknownArguments('int'),
  ],
  [
    'tojson',
    (operand, argument) =>
      toValue(
        dumpJson(operand, {
          ensureAscii: isTrue(argument(0, 'ensure_ascii')),
          indent: indentOf(argument(1, 'indent')),
          separators: separatorsOf(argument(2, 'separators')),
          sortKeys: isTrue(argument(3, 'sort_keys')),
        }),
      ),
  ],
  [
    'selectattr',
    (operand, argument) =>
      chosen(
        operand,
        true,
        (item) => attributeOf(item, text(argument(0, 'attribute'))),
        argument(1, ''),
        argument(2, ''),
      ),
  ],
  [
    'rejectattr',
    (operand, argument) =>
      chosen(
        operand,
        false,
        (item) => attributeOf(item, text(argument(0, 'attribute'))),
        argument(1, ''),
        argument(2, ''),
      ),
  ],
  ['select', (operand, argument) => chosen(operand, true, (item) => item, argument(0, ''), argument(1, ''))],
  ['reject', (operand, argument) => chosen(operand, false, (item) => item, argument(0, ''), argument(1, ''))],
]);

/** Filters of the library that give what Jinja2 gives, or throw. */
const libraryFilters: ReadonlySet<string> = new Set([
  'safe',
  'items',
  'sort',
  'unique',
  'reverse',
  'abs',
  'float',
  'map',
  'indent',
  'replace',
  'dictsort',
]);

/** Applies a filter in Python's way; `null` where the library's own is as good. Throws for one that is not known. */
export function applyFilter(name: string, operand: Value, { positional, named }: Arguments): Value | null {
  const filter = filters.get(name);
  if (filter !== undefined) return filter(operand, (place, argument) => positional[place] ?? named.get(argument));
  if (!libraryFilters.has(name)) throw new Error(`the filter "${name}" is not known`);
  if (name === 'indent' && isText(operand) && /[\p{Cc}\p{Zl}\p{Zp}]/u.test(operand.value.replace(/[\t\n]/g, '')))
    throw new Error('the filter "indent" is given a text with control characters');
  if (name === 'items' && isUndefined(operand)) return toList([]);
  if (name === 'float' && isText(operand) && !/^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(operand.value))
    throw new Error(`the filter "float" is given "${operand.value}"`);
  return null;
}

function defaulted(operand: Value, argument: (place: number, name: string) => Value | undefined): Value {
  const replaced = isUndefined(operand) || (isTrue(argument(1, 'boolean')) && !isTruthy(operand));
  return replaced ? (argument(0, 'default_value') ?? toValue('')) : operand;
}

function chosen(
  operand: Value,
  wanted: boolean,
  look: (item: Value) => Value,
  test: Value | undefined,
  argument: Value | undefined,
): Value {
  const passes = (item: Value): boolean =>
    test === undefined ? isTruthy(item) : holds(text(test), item, argument ?? toValue(undefined));
  return toList(listed(operand).filter((item) => passes(look(item)) === wanted));
}

function joined(operand: Value, separator: Value | undefined, attribute: Value | undefined): string {
  const items =
    attribute === undefined ? listed(operand) : listed(operand).map((item) => attributeOf(item, text(attribute)));
  return items.map(printed).join(separator === undefined ? '' : printed(separator));
}

function listed(value: Value): readonly Value[] {
  const items = itemsOf(value);
  if (items === null) throw new Error(`${value.type} has no items`);
  return items;
}

function wholeNumber(value: Value): number | null {
  if (isNumber(value)) return Math.trunc(Number(value.value));
  const digits = isText(value) ? strip(value.value, null, 'both') : '';
  return /^[-+]?\d+(\.\d*)?$/.test(digits) ? Math.trunc(Number(digits)) : null;
}

function plain({ value }: Value): unknown {
  return value;
}

function text(value: Value | undefined): string {
  if (value !== undefined && isText(value)) return value.value;
  throw new Error(`a filter is given ${value?.type ?? 'nothing'} where it takes a text`);
}

function textOrNull(value: Value | undefined): string | null {
  return value === undefined || isNone(value) ? null : text(value);
}

function isTrue(value: Value | undefined): boolean {
  return value !== undefined && isTruthy(value);
}

function indentOf(value: Value | undefined): number | null {
  if (value === undefined || isNone(value)) return null;
  return value.type === 'IntegerValue' ? Number(value.value) : unknownArguments('tojson');
}

function separatorsOf(value: Value | undefined): readonly [string, string] | null {
  if (value === undefined || isNone(value)) return null;
  return isList(value) ? [text(value.value[0]), text(value.value[1])] : unknownArguments('tojson');
}

function unknownArguments(filter: string): never {
  throw new Error(`the filter "${filter}" is given arguments that are not known`);
}
