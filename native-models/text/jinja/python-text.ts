import { isList, isMap, isNone, isText, isUndefined } from './values.ts';
import type { NumberValue, Value } from './library.ts';

/** What Python's `str.isspace` is true of, as the inside of a character class. */
const space = String.raw`\t-\r\x1C-\x20\x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000`;
const spaces = new RegExp(`[${space}]+`, 'u');

/** Which ends of a text are stripped. */
export type Ends = 'both' | 'left' | 'right';

/** Python's `strip`, `lstrip` and `rstrip`: of the characters given, else of white space. */
export function strip(text: string, characters: string | null, ends: Ends): string {
  const isStripped =
    characters === null
      ? (character: string) => spaces.test(character)
      : (character: string) => characters.includes(character);
  const points = Array.from(text);
  const first = ends === 'right' ? 0 : points.findIndex((point) => !isStripped(point));
  const last = ends === 'left' ? points.length - 1 : points.findLastIndex((point) => !isStripped(point));
  return first < 0 || last < 0 ? '' : points.slice(first, last + 1).join('');
}

/** Python's `split` without a separator, at most `most` times where that is not negative. */
export function splitAtSpaces(text: string, most: number): string[] {
  const words: string[] = [];
  let rest = strip(text, null, 'left');
  while (rest !== '') {
    const found = words.length === most ? null : spaces.exec(rest);
    words.push(found === null ? rest : rest.slice(0, found.index));
    rest = found === null ? '' : rest.slice(found.index + found[0].length);
  }
  return words;
}

/** Python's `str.capitalize`. */
export function capitalize(text: string): string {
  const [first = '', ...rest] = Array.from(text);
  return title(first) + rest.join('').toLowerCase();
}

/** Python's `str.title`: a letter after anything that has no case begins a word. */
export function titleWords(text: string): string {
  return text.replace(/\p{Cased}+/gu, (word) => capitalize(word));
}

/** Jinja's filter `title`, whose words are parted by white space and opening brackets. */
export function titleFilter(text: string): string {
  return text
    .split(new RegExp(String.raw`([-${space}({\[<]+)`, 'u'))
    .map(capitalizeFirst)
    .join('');
}

function capitalizeFirst(word: string): string {
  const [first = '', ...rest] = Array.from(word);
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** The title case of a character; of the ones that differ from upper case, Unicode names the ligatures and digraphs. */
function title(character: string): string {
  const upper = character.toUpperCase();
  const digraph = /^[\u01C4-\u01CC\u01F1-\u01F3]$/.exec(upper);
  if (digraph !== null)
    return (
      new Map([
        ['\u01C4', '\u01C5'],
        ['\u01C7', '\u01C8'],
        ['\u01CA', '\u01CB'],
        ['\u01F1', '\u01F2'],
      ]).get(upper) ?? upper
    );
  const [first = '', ...rest] = Array.from(upper);
  return first + rest.join('').toLowerCase();
}

/** Python's `str` of a value, as a template prints it. Throws for functions and namespaces. */
export function printed(value: Value): string {
  if (isUndefined(value)) return '';
  return isText(value) ? value.value : represented(value);
}

/** Python's `repr`. */
function represented(value: Value): string {
  if (isNone(value)) return 'None';
  if (isUndefined(value)) return 'Undefined';
  if (isText(value)) return quoted(value.value);
  if (value.type === 'BooleanValue') return value.value === true ? 'True' : 'False';
  if (value.type === 'IntegerValue' || value.type === 'FloatValue') return digits(value);
  if (isMap(value))
    return `{${Array.from(value.value, ([key, item]) => `${quoted(key)}: ${represented(item)}`).join(', ')}}`;
  if (!isList(value)) throw new Error(`${value.type} has no text`);
  const items = value.value.map(represented);
  if (value.type === 'ArrayValue') return `[${items.join(', ')}]`;
  return items.length === 1 ? `(${items[0] ?? ''},)` : `(${items.join(', ')})`;
}

/** A number as Python writes it. Throws for floats that it writes with an exponent. */
export function digits(value: NumberValue): string {
  const size = Math.abs(Number(value.value));
  if (value.type === 'FloatValue' && (size >= 1e16 || (size > 0 && size < 1e-4)))
    throw new Error(`the number ${value.toString()} is written with an exponent`);
  return value.toString();
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes: ReadonlyMap<string, string> = new Map([
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\\t'],
    [quote, `\\${quote}`],
  ]);
  return quote + Array.from(text, (character) => escapes.get(character) ?? visible(character)).join('') + quote;
}

/** The character, or its number where Python does not print it. */
function visible(character: string): string {
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
