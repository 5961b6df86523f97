import { Template } from '@huggingface/jinja';
import { badInput } from '../failure.ts';

/** The date a template sees through `strftime_now`: one moment in UTC and English, so that a prompt is the same everywhere. */
function strftime(moment: Date): (format: string) => string {
  const word = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(moment);
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

/** The library's own `strftime_now` tells today in the machine's language; the empty expression keeps a newline after it. */
const clockPrefix = "{% set strftime_now = strftime_at_clock %}{{ '' }}";

/**
 * Compiles a Jinja chat template; the result renders it with variables. `where` names its source in
 * messages, `clock` is what `strftime_now` tells. Compiling throws `chat-template-invalid`; rendering
 * throws `chat-template-refused` with what the template's `raise_exception` says.
 */
export function compileJinja(source: string, where: string, clock: Date): (variables: { readonly [name: string]: unknown }) => string {
  const template = attempt(() => new Template(clockPrefix + source), (reason) => badInput('chat-template-invalid', `${where}: the chat template cannot be read: ${reason}. Correct it, or choose the template "plain".`, { where, reason }));
  const globals = { strftime_at_clock: strftime(clock) };
  return (variables) =>
    attempt(
      () => template.render({ ...globals, ...variables }),
      (reason) => badInput('chat-template-refused', `${where}: the chat template refuses these messages: ${reason}. Change the messages (roles, order, system prompt), or choose the template "plain".`, { where, reason }),
    );
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
