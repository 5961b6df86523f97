import { Failure, badInput, failed } from '../../native-models/failure.ts';
import { operations, type Handlers, type Numbered, type Unsubscribe } from '../../preload/contract/contract.ts';
import type { Reply } from '../../preload/contract/errors.ts';
import type { AnyOperation } from '../../preload/contract/operation.ts';
import type { ErrorView } from '../../preload/contract/views.ts';
import { coalesce } from './coalesce.ts';

export interface StreamListener {
  deliver(events: readonly Numbered<unknown>[]): void;
  fail(error: ErrorView): void;
  /** False while the client has not taken what it was sent; events wait for it. */
  ready(): boolean;
}

/** Runs contract operations by wire name. Both hosts share it, so both have the same trust boundary. */
export interface Dispatcher {
  /** Never rejects: every error becomes a reply. */
  call(name: string, input: unknown): Promise<Reply>;
  subscribe(name: string, input: unknown, after: number, listener: StreamListener): Unsubscribe;
}

export interface DispatchOptions {
  /** Whether operations that need the desktop are offered. */
  readonly desktop: boolean;
  /** Hears errors that are not `Failure`s: bugs, to be logged with their stack. */
  report(error: unknown, operation: string): void;
  /** Gives an error the name it has for a person, where it has one. */
  named?(error: unknown): unknown;
  /** Hears the name of each command that went well. */
  commanded?(operation: string): void;
}

export function createDispatcher(
  handlers: Handlers,
  { desktop, report, named = (error) => error, commanded }: DispatchOptions,
): Dispatcher {
  const functions: ReadonlyMap<string, unknown> = new Map(
    Object.entries(handlers).flatMap(([domain, members]) =>
      Object.entries(members).map(([name, handler]): [string, unknown] => [`${domain}.${name}`, handler]),
    ),
  );

  const invoke = (name: string, args: readonly unknown[]): unknown => {
    const handler = functions.get(name);
    if (typeof handler !== 'function') throw unknownOperation(name);
    return Reflect.apply(handler, undefined, args);
  };

  const describe = (error: unknown, name: string): ErrorView => {
    const failure = named(error);
    if (failure instanceof Failure) return failure.toJSON();
    report(error, name);
    return internalError(name).toJSON();
  };

  return {
    async call(name, input) {
      try {
        const operation = find(name, desktop);
        if (operation.kind === 'stream') throw unknownOperation(name);
        const value = await invoke(name, [parse(name, operation, input)]);
        if (operation.kind === 'command') commanded?.(name);
        return { value };
      } catch (error) {
        return { error: describe(error, name) };
      }
    },

    subscribe(name, input, after, listener) {
      const fail = (error: unknown): void => {
        batches?.stop();
        listener.fail(describe(error, name));
      };
      let batches: ReturnType<typeof coalesce> | undefined;
      try {
        const operation = find(name, desktop);
        if (operation.replay === null) throw unknownOperation(name);
        batches = coalesce(operation.replay, after, {
          deliver: (events) => listener.deliver(events),
          fail,
          ready: () => listener.ready(),
        });
        const unsubscribe = invoke(name, [parse(name, operation, input), batches.sink]);
        return () => {
          batches?.stop();
          if (typeof unsubscribe === 'function') unsubscribe();
        };
      } catch (error) {
        fail(error);
        return () => {};
      }
    },
  };
}

/** What a page is told of a bug: nothing of its message, which may hold paths and data. The log has it. */
export function internalError(where: string): Failure {
  return failed('internal-error', `${where} failed inside the app. The log says why.`, { operation: where });
}

function find(name: string, desktop: boolean): AnyOperation {
  const operation = operations.get(name);
  if (operation === undefined) throw unknownOperation(name);
  if (operation.desktopOnly && !desktop) {
    throw badInput('desktop-only', `${name} needs the desktop app; the page in a browser cannot do it.`, {
      operation: name,
    });
  }
  return operation;
}

function parse(name: string, operation: AnyOperation, input: unknown): unknown {
  const result = operation.input.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, 10)
    .map((issue) => ({ field: issue.path.join('.'), expected: issue.message }));
  const first = issues[0];
  throw badInput(
    'invalid-request',
    `${name}: ${first?.field ? `${first.field}: ` : ''}${first?.expected ?? 'the input does not fit'}.`,
    { operation: name, issues },
  );
}

function unknownOperation(name: string): Failure {
  return badInput(
    'unknown-operation',
    `There is no operation "${name.slice(0, 100)}". The page and the app may be of different versions: ` +
      'reload the page.',
  );
}
