import type { z } from 'zod';

/**
 * - `query`: reads, may be repeated.
 * - `command`: changes something.
 * - `stream`: a feed of numbered events; the client resumes after the last number it saw.
 */
export type OperationKind = 'query' | 'command' | 'stream';

/**
 * What a stream sends to a client that was away.
 * - `all`: every event after the last one seen (metrics: no step may be missing).
 * - `latest`: only the newest, because each event is a whole state (progress, counts).
 */
export type Replay = 'all' | 'latest';

/** One line of the contract. `output` carries a type only and is never set. */
export interface Operation<Kind extends OperationKind, Input extends z.ZodType, Output> {
  readonly kind: Kind;
  readonly input: Input;
  /** Set where only the desktop app may do it: the serve host refuses it before any handler runs. */
  readonly desktopOnly: boolean;
  readonly replay: Replay | null;
  readonly output?: Output;
}

export type AnyOperation = Operation<OperationKind, z.ZodType, unknown>;

/** `query<Output>()(inputSchema)`: two calls, so that only the output has to be spelled out. */
export function query<Output>() {
  return <Input extends z.ZodType>(input: Input): Operation<'query', Input, Output> => ({
    kind: 'query',
    input,
    desktopOnly: false,
    replay: null,
  });
}

/** `command<Output>()(inputSchema)`. */
export function command<Output>() {
  return <Input extends z.ZodType>(input: Input): Operation<'command', Input, Output> => ({
    kind: 'command',
    input,
    desktopOnly: false,
    replay: null,
  });
}

/** A command that needs the desktop (show a folder, open a link); the serve host does not offer it. */
export function desktopCommand<Output>() {
  return <Input extends z.ZodType>(input: Input): Operation<'command', Input, Output> => ({
    kind: 'command',
    input,
    desktopOnly: true,
    replay: null,
  });
}

/** `stream<Event>(replay)(inputSchema)`. */
export function stream<Event>(replay: Replay) {
  return <Input extends z.ZodType>(input: Input): Operation<'stream', Input, Event> => ({
    kind: 'stream',
    input,
    desktopOnly: false,
    replay,
  });
}
