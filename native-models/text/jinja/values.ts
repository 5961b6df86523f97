import {
  Environment,
  type EmptyValue,
  type FunctionValue,
  type ListValue,
  type MapValue,
  type NumberValue,
  type TextValue,
  type Value,
} from './library.ts';

/** A JavaScript value as one of a template. */
export function toValue(value: unknown): Value {
  return new Environment().set('value', value);
}

/** A list of values. */
export function toList(items: readonly Value[]): Value {
  const list = toValue([]);
  if (isList(list)) for (const item of items) list.value.push(item);
  return list;
}

/** The same list with its lists as tuples, which Python prints otherwise: what `items` of a mapping yields. */
export function withTuples(pairs: Value): Value {
  if (!isList(pairs)) return pairs;
  return toList(
    pairs.value.map((pair) =>
      pair.type === 'ArrayValue' ? Object.assign(pair, { type: 'TupleValue' as const }) : pair,
    ),
  );
}

/** A mapping of values. */
export function toMap(entries: readonly (readonly [string, Value])[]): Value {
  const map = toValue({});
  if (isMap(map)) for (const [key, value] of entries) map.value.set(key, value);
  return map;
}

export function isText(value: Value): value is TextValue {
  return value.type === 'StringValue';
}

/** Lists and tuples. */
export function isList(value: Value): value is ListValue {
  return value.type === 'ArrayValue' || value.type === 'TupleValue';
}

export function isMap(value: Value): value is MapValue {
  return value.type === 'ObjectValue';
}

/** Integers, floats and, as in Python, booleans. */
export function isNumber(value: Value): value is NumberValue {
  return value.type === 'IntegerValue' || value.type === 'FloatValue' || value.type === 'BooleanValue';
}

export function isFunction(value: Value): value is FunctionValue {
  return value.type === 'FunctionValue';
}

export function isUndefined(value: Value): value is EmptyValue & { readonly type: 'UndefinedValue' } {
  return value.type === 'UndefinedValue';
}

export function isNone(value: Value): value is EmptyValue & { readonly type: 'NullValue' } {
  return value.type === 'NullValue';
}

/** Whether Python takes the value for true. */
export function isTruthy(value: Value): boolean {
  if (isText(value) || isList(value)) return value.value.length > 0;
  if (isMap(value)) return value.value.size > 0;
  return isNumber(value) ? Number(value.value) !== 0 : !isNone(value) && !isUndefined(value);
}

/** What a loop over the value yields; `null` where Python cannot loop over it. */
export function itemsOf(value: Value): readonly Value[] | null {
  if (isList(value)) return value.value;
  if (isText(value)) return Array.from(value.value, toValue);
  if (isMap(value)) return Array.from(value.value.keys(), toValue);
  return isUndefined(value) ? [] : null;
}

/** An attribute by its path, such as `function.name`; undefined where there is none. */
export function attributeOf(value: Value, path: string): Value {
  return path.split('.').reduce((found, name) => {
    if (isUndefined(found)) throw new Error(`'${name}' is asked of a value that is undefined`);
    if (isMap(found)) return found.value.get(name) ?? toValue(undefined);
    if (isList(found) && /^\d+$/.test(name)) return found.value[Number(name)] ?? toValue(undefined);
    return toValue(undefined);
  }, value);
}

/** Python's `==`: by value, and never across kinds but for numbers. */
export function isEqual(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right)) return Number(left.value) === Number(right.value);
  if (left.type !== right.type) return false;
  if (isList(left) && isList(right))
    return (
      left.value.length === right.value.length &&
      left.value.every((item, index) => isSameItem(item, right.value[index]))
    );
  if (isMap(left) && isMap(right))
    return (
      left.value.size === right.value.size &&
      [...left.value].every(([key, item]) => isSameItem(item, right.value.get(key)))
    );
  return left.value === right.value;
}

function isSameItem(left: Value, right: Value | undefined): boolean {
  return right !== undefined && isEqual(left, right);
}

/** Python's `item in container`. Throws where Python has a TypeError. */
export function isIn(item: Value, container: Value): boolean {
  if (isText(container)) {
    if (isText(item)) return container.value.includes(item.value);
    throw new Error(`only text can be looked for in a text, not ${item.type}`);
  }
  const items = itemsOf(container);
  if (items === null) throw new Error(`nothing can be looked for in ${container.type}`);
  return items.some((other) => isEqual(item, other));
}
