import { Environment } from './library.ts';
import type { Node, Value } from './library.ts';
import { isNode } from './nodes.ts';
import { isList, toMap, toValue } from './values.ts';

/** Thrown where a loop is left early or goes on early; `text` is what the blocks it leaves have written. */
export class LoopControl extends Error {
  readonly leaves: boolean;
  text = '';

  constructor(leaves: boolean) {
    super('a loop is left where there is none');
    this.leaves = leaves;
  }
}

/**
 * The scope of one turn of a loop: its variables are gone at the next, as in Jinja2. Throws where an item does not fit
 * the variables.
 */
export function turnScope(target: Node, item: Value, outer: Environment): Environment {
  const scope = new Environment(outer);
  if (isNode('Identifier', target)) {
    scope.setVariable(target.value, item);
    return scope;
  }
  const names = isNode('TupleLiteral', target) ? target.value : [];
  if (!isList(item) || item.value.length !== names.length)
    throw new Error(`a loop takes ${names.length} variables out of ${item.type}`);
  for (const [index, name] of names.entries()) {
    const part = item.value[index];
    if (!isNode('Identifier', name) || part === undefined) throw new Error('a loop has a variable without a name');
    scope.setVariable(name.value, part);
  }
  return scope;
}

/** The variable `loop` of a turn. */
export function loopState(items: readonly Value[], index: number): Value {
  const state = {
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
  };
  const values = Object.entries(state).map(([name, value]): [string, Value] => [name, toValue(value)]);
  return toMap([
    ...values,
    ['previtem', items[index - 1] ?? toValue(undefined)],
    ['nextitem', items[index + 1] ?? toValue(undefined)],
  ]);
}
