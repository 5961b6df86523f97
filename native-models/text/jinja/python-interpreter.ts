import { Environment, Interpreter, type Node, type Value } from './library.ts';
import { applyFilter, type Arguments } from './filters.ts';
import {
  type BinaryNode,
  type CallNode,
  type FilterNode,
  type ForNode,
  isNode,
  known,
  type MacroNode,
  type MemberNode,
} from './nodes.ts';
import { printed } from './python-text.ts';
import { holds } from './python-tests.ts';
import { callTextMethod } from './text-methods.ts';
import { LoopControl, loopState, turnScope } from './loops.ts';
import {
  isEqual,
  isFunction,
  isIn,
  isList,
  isNumber,
  isText,
  isTruthy,
  isUndefined,
  itemsOf,
  toValue,
  withTuples,
} from './values.ts';

/**
 * The library's interpreter with Python's results where its own are JavaScript's. What a template may use and neither
 * of the two does rightly throws (docs/adr/0140-jinja-as-jinja2.md).
 */
export class PythonInterpreter extends Interpreter {
  override evaluate(node: Node | undefined, environment: Environment): Value {
    if (node === undefined) return super.evaluate(node, environment);
    if (isNode('Known', node)) return node.known;
    if (isNode('Output', node)) return toValue(printed(this.evaluate(node.expression, environment)));
    if (isNode('BinaryExpression', node)) return this.#binary(node, environment);
    if (isNode('TestExpression', node))
      return toValue(
        holds(node.test.value, this.evaluate(node.operand, environment), toValue(undefined)) !== node.negate,
      );
    if (isNode('FilterExpression', node)) return this.#filter(node, environment);
    if (isNode('CallExpression', node)) return this.#call(node, environment);
    if (isNode('MemberExpression', node)) return this.#member(node, environment);
    if (isNode('Program', node)) return this.#block(node.body, environment);
    if (isNode('If', node))
      return this.#block(isTruthy(this.evaluate(node.test, environment)) ? node.body : node.alternate, environment);
    if (isNode('For', node)) return this.#loop(node, environment);
    if (isNode('Macro', node)) return this.#macro(node, environment);
    if (node.type === 'Break' || node.type === 'Continue') throw new LoopControl(node.type === 'Break');
    return super.evaluate(node, environment);
  }

  #binary(node: BinaryNode, environment: Environment): Value {
    const operator = node.operator.value;
    if (operator === 'and' || operator === 'or') return super.evaluate(node, environment);
    const left = this.evaluate(node.left, environment);
    const right = this.evaluate(node.right, environment);
    if (operator === '==') return toValue(isEqual(left, right));
    if (operator === '!=') return toValue(!isEqual(left, right));
    if (operator === 'in') return toValue(isIn(left, right));
    if (operator === 'not in') return toValue(!isIn(left, right));
    if (operator === '~') return toValue(printed(left) + printed(right));
    if (operator === '+' && isText(left) !== isText(right))
      throw new Error(`a text and ${isText(left) ? right.type : left.type} are added`);
    if (operator === '%' && isNumber(left) && isNumber(right) && Number(left.value) * Number(right.value) < 0)
      throw new Error('the remainder of a negative number is taken');
    return super.evaluate(withParts(node, { left: known(left), right: known(right) }), environment);
  }

  #filter(node: FilterNode, environment: Environment): Value {
    const operand = this.evaluate(node.operand, environment);
    const call = isNode('CallExpression', node.filter) ? node.filter : null;
    const callee = call?.callee ?? node.filter;
    if (!isNode('Identifier', callee)) throw new Error('a filter has no name');
    const made = applyFilter(callee.value, operand, this.#arguments(call?.args ?? [], environment));
    if (made !== null) return made;
    const result = super.evaluate(withParts(node, { operand: known(operand) }), environment);
    return callee.value === 'items' || callee.value === 'dictsort' ? withTuples(result) : result;
  }

  #call(node: CallNode, environment: Environment): Value {
    const { callee } = node;
    if (!isNode('MemberExpression', callee) || callee.computed || !isNode('Identifier', callee.property))
      return super.evaluate(node, environment);
    const object = this.evaluate(callee.object, environment);
    const made = isText(object)
      ? callTextMethod(callee.property.value, object.value, this.#arguments(node.args, environment))
      : null;
    if (made !== null) return made;
    const result = super.evaluate(
      withParts(node, { callee: withParts(callee, { object: known(object) }) }),
      environment,
    );
    return callee.property.value === 'items' ? withTuples(result) : result;
  }

  #member(node: MemberNode, environment: Environment): Value {
    const object = this.evaluate(node.object, environment);
    if (isUndefined(object)) throw new Error('an attribute is asked of a value that is undefined');
    const name = isNode('Identifier', node.property) && !node.computed ? node.property.value : null;
    // Python's texts and lists have no such attribute; the library gives them one.
    if (name === 'length' && (isText(object) || isList(object))) return toValue(undefined);
    if (isText(object) && node.computed && node.property.type !== 'SliceExpression')
      return this.#character(object.value, this.evaluate(node.property, environment));
    return super.evaluate(withParts(node, { object: known(object) }), environment);
  }

  #character(text: string, place: Value): Value {
    return toValue(place.type === 'IntegerValue' ? Array.from(text).at(place.value) : undefined);
  }

  #block(statements: readonly Node[], environment: Environment): Value {
    let text = '';
    for (const statement of statements) {
      try {
        const made = this.evaluate(statement, environment);
        text += isText(made) ? made.value : '';
      } catch (error) {
        if (error instanceof LoopControl) error.text = text + error.text;
        throw error;
      }
    }
    return toValue(text);
  }

  #loop(node: ForNode, environment: Environment): Value {
    const select = isNode('SelectExpression', node.iterable) ? node.iterable : null;
    const over = this.evaluate(select?.lhs ?? node.iterable, environment);
    const all = itemsOf(over);
    if (all === null) throw new Error(`a loop goes over ${over.type}`);
    const items =
      select === null
        ? all
        : all.filter((item) => isTruthy(this.evaluate(select.test, turnScope(node.loopvar, item, environment))));
    if (items.length === 0) return this.#block(node.defaultBlock, environment);
    let text = '';
    for (const [index, item] of items.entries()) {
      const scope = turnScope(node.loopvar, item, environment);
      scope.setVariable('loop', loopState(items, index));
      try {
        text += printed(this.#block(node.body, scope));
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        text += error.text;
        if (error.leaves) break;
      }
    }
    return toValue(text);
  }

  /** A macro sees the variables of where it is written, not of where it is called. */
  #macro(node: MacroNode, environment: Environment): Value {
    const nothing = super.evaluate(node, environment);
    const macro = environment.lookupVariable(node.name.value);
    if (!isFunction(macro)) return nothing;
    const call = macro.value;
    macro.value = (args, scope) => {
      const own = new Environment(environment);
      const caller = scope.variables.get('caller');
      if (caller !== undefined) own.setVariable('caller', caller);
      return call(args, own);
    };
    return nothing;
  }

  #arguments(nodes: readonly Node[], environment: Environment): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const node of nodes) {
      if (node.type === 'SpreadExpression' || node.type === 'KeywordSpreadExpression')
        throw new Error('arguments are unpacked');
      if (isNode('KeywordArgumentExpression', node)) named.set(node.key.value, this.evaluate(node.value, environment));
      else positional.push(this.evaluate(node, environment));
    }
    return { positional, named };
  }
}

/** A copy of a node with some parts replaced. */
function withParts<Kind extends Node>(node: Kind, parts: Partial<Kind>): Kind {
  return { ...node, ...parts };
}
