import { isEqual, isIn, isList, isMap, isNone, isNumber, isText, isUndefined, itemsOf } from './values.ts';
import type { Value } from './library.ts';
import { printed } from './python-text.ts';

type Test = (value: Value, argument: Value) => boolean;

const isWhole = (value: Value): boolean => value.type === 'IntegerValue';
const hasCase = (text: string): boolean => text.toLowerCase() !== text.toUpperCase();
const notEqual: Test = (left, right) => !isEqual(left, right);

/** Jinja's tests. One that needs more than a single argument is not among them. */
const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', (value) => !isUndefined(value)],
  ['undefined', isUndefined],
  ['none', isNone],
  ['boolean', ({ type }) => type === 'BooleanValue'],
  ['true', ({ type, value }) => type === 'BooleanValue' && value === true],
  ['false', ({ type, value }) => type === 'BooleanValue' && value === false],
  ['string', isText],
  ['number', isNumber],
  ['integer', isWhole],
  ['float', ({ type }) => type === 'FloatValue'],
  ['mapping', isMap],
  ['iterable', (value) => itemsOf(value) !== null],
  ['sequence', (value) => isText(value) || isList(value) || isMap(value) || isUndefined(value)],
  ['callable', ({ type }) => type === 'FunctionValue' || type === 'UndefinedValue'],
  ['odd', (value) => Math.abs(whole(value)) % 2 === 1],
  ['even', (value) => whole(value) % 2 === 0],
  ['lower', (value) => hasCase(printed(value)) && printed(value) === printed(value).toLowerCase()],
  ['upper', (value) => hasCase(printed(value)) && printed(value) === printed(value).toUpperCase()],
  ['eq', isEqual],
  ['==', isEqual],
  ['equalto', isEqual],
  ['ne', notEqual],
  ['!=', notEqual],
  ['in', isIn],
]);

/** Whether a test of this name holds. Throws for one that is not known. */
export function holds(name: string, value: Value, argument: Value): boolean {
  const test = tests.get(name);
  if (test === undefined) throw new Error(`the test "${name}" is not known`);
  return test(value, argument);
}

function whole(value: Value): number {
  if (isNumber(value) && Number.isInteger(Number(value.value))) return Number(value.value);
  throw new Error(`${value.type} is neither odd nor even`);
}
