import { capitalize, splitAtSpaces, strip, titleWords, type Ends } from './python-text.ts';
import { isNone, isNumber, isText, toValue } from './values.ts';
import type { Value } from './library.ts';
import type { Arguments } from './filters.ts';

type Method = (text: string, first: Value | undefined, second: Value | undefined) => Value | null;

const stripping =
  (ends: Ends): Method =>
  (text, characters) =>
    toValue(strip(text, textOrNull(characters), ends));

/** Methods of Python's `str` where the library has another result, or none. */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['strip', stripping('both')],
  ['lstrip', stripping('left')],
  ['rstrip', stripping('right')],
  ['capitalize', (text) => toValue(capitalize(text))],
  ['title', (text) => toValue(titleWords(text))],
  [
    'split',
    (text, separator, most) =>
      separator === undefined || isNone(separator)
        ? toValue(splitAtSpaces(text, most === undefined ? -1 : number(most)))
        : null,
  ],
  [
    'removeprefix',
    (text, prefix) => toValue(text.startsWith(textOf(prefix)) ? text.slice(textOf(prefix).length) : text),
  ],
  [
    'removesuffix',
    (text, suffix) =>
      toValue(text.endsWith(textOf(suffix)) ? text.slice(0, text.length - textOf(suffix).length) : text),
  ],
]);

/** Methods of the library that do what Python's do. */
const libraryMethods: ReadonlySet<string> = new Set(['upper', 'lower', 'startswith', 'endswith', 'split', 'replace']);

/**
 * Calls a method of a text in Python's way; `null` where the library's own is as good. Throws for one that is not
 * known.
 */
export function callTextMethod(name: string, text: string, { positional, named }: Arguments): Value | null {
  const method = methods.get(name);
  if (method === undefined && !libraryMethods.has(name)) throw new Error(`the method "${name}" of a text is not known`);
  if (name === 'replace' || method === undefined) {
    if ((name === 'startswith' || name === 'endswith') && positional.length > 1)
      throw new Error(`"${name}" is given more than one argument`);
    return null;
  }
  return method(text, positional[0] ?? named.get('chars') ?? named.get('sep'), positional[1] ?? named.get('maxsplit'));
}

function textOf(value: Value | undefined): string {
  if (value !== undefined && isText(value)) return value.value;
  throw new Error(`a method is given ${value?.type ?? 'nothing'} where it takes a text`);
}

function textOrNull(value: Value | undefined): string | null {
  return value === undefined || isNone(value) ? null : textOf(value);
}

function number(value: Value): number {
  if (isNumber(value)) return Number(value.value);
  throw new Error(`a method is given ${value.type} where it takes a number`);
}
