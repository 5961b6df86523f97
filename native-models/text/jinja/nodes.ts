import type { Node, Value } from './library.ts';

export interface FilterNode extends Node {
  readonly operand: Node;
  readonly filter: Node;
}
export interface TestNode extends Node {
  readonly operand: Node;
  readonly negate: boolean;
  readonly test: NameNode;
}
export interface BinaryNode extends Node {
  readonly operator: { readonly value: string };
  readonly left: Node;
  readonly right: Node;
}
export interface CallNode extends Node {
  readonly callee: Node;
  readonly args: Node[];
}
export interface MemberNode extends Node {
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}
export interface NameNode extends Node {
  readonly value: string;
}
export interface ArgumentNode extends Node {
  readonly key: NameNode;
  readonly value: Node;
}
export interface BlockNode extends Node {
  readonly body: readonly Node[];
}
export interface IfNode extends BlockNode {
  readonly test: Node;
  readonly alternate: readonly Node[];
}
export interface ForNode extends BlockNode {
  readonly loopvar: Node;
  readonly iterable: Node;
  readonly defaultBlock: readonly Node[];
}
export interface TupleNode extends Node {
  readonly value: readonly Node[];
}
export interface MacroNode extends BlockNode {
  readonly name: NameNode;
}
export interface SelectNode extends Node {
  readonly lhs: Node;
  readonly test: Node;
}

/** Our own nodes: a value that is known already, and an expression whose text is written. */
export interface KnownNode extends Node {
  readonly known: Value;
}
export interface OutputNode extends Node {
  readonly expression: Node;
}

/** The interface that a node's `type` stands for. */
interface NodesByType {
  FilterExpression: FilterNode;
  TestExpression: TestNode;
  BinaryExpression: BinaryNode;
  CallExpression: CallNode;
  MemberExpression: MemberNode;
  Identifier: NameNode;
  KeywordArgumentExpression: ArgumentNode;
  Program: BlockNode;
  If: IfNode;
  For: ForNode;
  Macro: MacroNode;
  TupleLiteral: TupleNode;
  SelectExpression: SelectNode;
  Known: KnownNode;
  Output: OutputNode;
}

export function isNode<Type extends keyof NodesByType>(type: Type, node: Node): node is NodesByType[Type] {
  return node.type === type;
}

/** A node that stands for a value computed already, so that nothing is evaluated twice. */
export function known(value: Value): KnownNode {
  return { type: 'Known', known: value };
}

/** Statements give no text of their own, or give it as a text already. */
const statements: ReadonlySet<string> = new Set([
  'Set',
  'If',
  'For',
  'Macro',
  'CallStatement',
  'FilterStatement',
  'Break',
  'Continue',
  'Comment',
  'StringLiteral',
  'Output',
]);

/**
 * Has every expression that stands in a template's text written by an {@link OutputNode}. Changes the tree it is given.
 */
export function markOutput(node: object): void {
  for (const [key, child] of Object.entries(node)) {
    if (Array.isArray(child) && ['body', 'alternate', 'defaultBlock'].includes(key)) {
      child.forEach((part: Node, index) => {
        markOutput(part);
        if (!statements.has(part.type)) child[index] = { type: 'Output', expression: part } satisfies OutputNode;
      });
    }
  }
}
