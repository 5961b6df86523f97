import * as library from '@huggingface/jinja';

/*
 * The parts of the library that are used, as its sources have them: its own declarations cannot be resolved by a
 * program of ES modules, since they import each other without file endings.
 */

interface AnyValue {
  toString(): string;
}

export type TextValue = AnyValue & { readonly type: 'StringValue'; readonly value: string };
export type NumberValue = AnyValue &
  (
    | { readonly type: 'IntegerValue' | 'FloatValue'; readonly value: number }
    | { readonly type: 'BooleanValue'; readonly value: boolean }
  );
export type ListValue = AnyValue & { readonly type: 'ArrayValue' | 'TupleValue'; readonly value: Value[] };
export type MapValue = AnyValue & { readonly type: 'ObjectValue'; readonly value: Map<string, Value> };
export type EmptyValue = AnyValue &
  (
    | { readonly type: 'NullValue'; readonly value: null }
    | { readonly type: 'UndefinedValue'; readonly value: undefined }
  );
export type FunctionValue = AnyValue & {
  readonly type: 'FunctionValue';
  value: (args: Value[], scope: Environment) => Value;
};
export type OtherValue = AnyValue & {
  readonly type: 'NamespaceValue' | 'KeywordArgumentsValue';
  readonly value: unknown;
};

/** A value while a template runs. */
export type Value = TextValue | NumberValue | ListValue | MapValue | EmptyValue | FunctionValue | OtherValue;

/** A node of the syntax tree. */
export interface Node {
  readonly type: string;
}

/** The variables in sight. */
export interface Environment {
  /** Declares a variable. @returns its value as a template's */
  set(name: string, value: unknown): Value;
  /** Sets a variable of this scope to a value. */
  setVariable(name: string, value: Value): Value;
  /** Undefined where no scope has the variable. */
  lookupVariable(name: string): Value;
  /** Those of this scope alone. */
  readonly variables: ReadonlyMap<string, Value>;
}

/** What runs a syntax tree. */
export interface Interpreter {
  run(program: Node): Value;
  evaluate(node: Node | undefined, environment: Environment): Value;
}

export const Environment: new (outer?: Environment) => Environment = library.Environment;
export const Interpreter: new (environment: Environment) => Interpreter = library.Interpreter;

/**
 * The syntax tree of a template, white space handled as transformers asks Jinja2 to. Throws for what it cannot read.
 */
export function parseTemplate(source: string): Node {
  const tokens: unknown = library.tokenize(source, { lstrip_blocks: true, trim_blocks: true });
  const program: Node = library.parse(tokens);
  return program;
}
