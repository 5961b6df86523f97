import { badInput } from '../../failure.ts';
import { Environment, type Node, parseTemplate } from './library.ts';
import { markOutput } from './nodes.ts';
import { PythonInterpreter } from './python-interpreter.ts';
import { printed } from './python-text.ts';

/**
 * The date a template sees through `strftime_now`: one moment in UTC and English, so that a prompt is the same
 * everywhere.
 */
function strftime(moment: Date): (format: string) => string {
  const word = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(moment);
  const two = (number: number): string => String(number).padStart(2, '0');
  const directives: ReadonlyMap<string, () => string> = new Map([
    ['Y', () => String(moment.getUTCFullYear())],
    ['m', () => two(moment.getUTCMonth() + 1)],
    ['d', () => two(moment.getUTCDate())],
    ['b', () => word({ month: 'short' })],
    ['B', () => word({ month: 'long' })],
    ['a', () => word({ weekday: 'short' })],
    ['A', () => word({ weekday: 'long' })],
    ['H', () => two(moment.getUTCHours())],
    ['M', () => two(moment.getUTCMinutes())],
    ['S', () => two(moment.getUTCSeconds())],
    ['%', () => '%'],
  ]);
  return (format) =>
    format.replace(/%(.)/g, (directive: string, letter: string) => {
      const write = directives.get(letter);
      if (!write) throw new Error(`strftime_now does not know ${directive}`);
      return write();
    });
}

/**
 * Compiles a Jinja chat template as transformers does; the result renders it with variables. `where` names its source
 * in messages, `clock` is what `strftime_now` tells. Compiling throws `chat-template-invalid`; rendering throws
 * `chat-template-refused` with what the template's `raise_exception` says, or with what cannot be rendered as Jinja2
 * would.
 */
export function compileJinja(
  source: string,
  where: string,
  clock: Date,
): (variables: { readonly [name: string]: unknown }) => string {
  const program = attempt(
    () => programOf(source),
    (reason) =>
      badInput(
        'chat-template-invalid',
        `${where}: the chat template cannot be read: ${reason}. Correct it, or choose the template "plain".`,
        { where, reason },
      ),
  );
  const globals = templateGlobals(strftime(clock));
  return (variables) =>
    attempt(
      () => run(program, { ...globals, ...variables }),
      (reason) =>
        badInput(
          'chat-template-refused',
          `${where}: the chat template refuses these messages: ${reason}. Change the messages (roles, ` +
            'order, system prompt), or choose the template "plain".',
          { where, reason },
        ),
    );
}

/** Line ends become newlines before all else, as Jinja2 has it. */
function programOf(source: string): Node {
  const program = parseTemplate(source.replace(/\r\n?/g, '\n'));
  markOutput(program);
  return program;
}

function run(program: Node, variables: { readonly [name: string]: unknown }): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  return printed(new PythonInterpreter(environment).run(program));
}

/** What every template can name, as in transformers. */
function templateGlobals(strftimeNow: (format: string) => string): { readonly [name: string]: unknown } {
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  const refuse = (message: unknown): never => {
    throw new Error(String(message));
  };
  const unknown = Object.fromEntries(
    ['dict', 'lipsum', 'cycler', 'joiner'].map((name) => [name, () => refuse(`${name} is not known`)]),
  );
  return { ...constants, ...unknown, raise_exception: refuse, strftime_now: strftimeNow, range };
}

/** Python's `range`, as a list. */
function range(...[from, to, step = 1]: readonly number[]): number[] {
  const [start, end] = to === undefined ? [0, from ?? 0] : [from ?? 0, to];
  if (step === 0) throw new Error('the step of a range is 0');
  return Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, index) => start + index * step);
}

function attempt<Result>(action: () => Result, failure: (reason: string) => Error): Result {
  try {
    return action();
  } catch (error) {
    const wrapped = failure(error instanceof Error ? error.message : String(error));
    wrapped.cause = error;
    throw wrapped;
  }
}
