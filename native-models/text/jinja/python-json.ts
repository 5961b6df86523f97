import { digits } from './python-text.ts';
import { isList, isMap, isNone, isText } from './values.ts';
import type { Value } from './library.ts';

/** The options of Python's `json.dumps` that transformers gives to `tojson`. */
export interface JsonOptions {
  readonly ensureAscii: boolean;
  readonly indent: number | null;
  readonly separators: readonly [item: string, key: string] | null;
  readonly sortKeys: boolean;
}

/** Python's `json.dumps` of a value. Throws for what JSON has no form of. */
export function dumpJson(value: Value, options: JsonOptions, depth = 0): string {
  const { indent, separators } = options;
  const [itemSeparator, keySeparator] = separators ?? [indent === null ? ', ' : ',', ': '];
  const lineOf = (level: number): string => (indent === null ? '' : `\n${' '.repeat(indent * level)}`);
  const enclose = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0
      ? open + close
      : open + lineOf(depth + 1) + parts.join(itemSeparator + lineOf(depth + 1)) + lineOf(depth) + close;
  if (isNone(value)) return 'null';
  if (isText(value)) return dumpText(value.value, options);
  if (value.type === 'BooleanValue') return String(value.value);
  if (value.type === 'IntegerValue' || value.type === 'FloatValue') return digits(value);
  if (isList(value))
    return enclose(
      '[',
      value.value.map((item) => dumpJson(item, options, depth + 1)),
      ']',
    );
  if (!isMap(value)) throw new Error(`${value.type} cannot be written as JSON`);
  const entries = options.sortKeys
    ? [...value.value].sort(([left], [right]) => comparePoints(left, right))
    : [...value.value];
  return enclose(
    '{',
    entries.map(([key, item]) => dumpText(key, options) + keySeparator + dumpJson(item, options, depth + 1)),
    '}',
  );
}

function dumpText(text: string, { ensureAscii }: JsonOptions): string {
  const json = JSON.stringify(text);
  return ensureAscii
    ? json.replace(/[\x7F-\uFFFF]/g, (unit) =>
        unit === '\x7F' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : json;
}

/** By code points, where JavaScript's own order goes by UTF-16 units. */
function comparePoints(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  const place = a.findIndex((point, index) => point !== b[index]);
  if (place < 0) return a.length - b.length;
  return (a[place]?.codePointAt(0) ?? 0) - (b[place]?.codePointAt(0) ?? -1);
}
