import type { CallOf, Contract, Numbered, OutputOf, Unsubscribe } from './contract.ts';

/** What a subscriber hears. Events come in order, each once, also over a lost connection. */
export interface Observer<Event> {
  next(event: Event, seq: number): void;
  error(error: Error): void;
}

/** Carries calls to a host and numbered events back: Electron IPC, HTTP with a WebSocket, or a fake in tests. */
export interface Transport {
  /** Resolves to the operation's output or rejects with `ContractError`. */
  call(operation: string, input: unknown): Promise<unknown>;
  /** Delivers every batch once and in order; picks up after the last number it saw when the connection returns. */
  subscribe(
    operation: string,
    input: unknown,
    listener: (events: readonly Numbered<unknown>[]) => void,
    failed: (error: Error) => void,
  ): Unsubscribe;
}

type ClientMethod<O> = O extends { readonly kind: 'stream' }
  ? (input: CallOf<O>, observer: Observer<OutputOf<O>>) => Unsubscribe
  : (input: CallOf<O>) => Promise<OutputOf<O>>;

/** The interface's side of the contract: `client.runs.start({...})`, `client.runs.metricsFeed({...}, observer)`. */
export type Client = {
  readonly [Domain in keyof Contract]: {
    readonly [Name in keyof Contract[Domain]]: ClientMethod<Contract[Domain][Name]>;
  };
};

/**
 * Makes a client over a transport. Names are turned into calls as they are used, so the page carries no copy
 * of the contract's schemas; the types allow only names that exist, and the host refuses any other.
 */
export function createClient(transport: Transport): Client {
  const domains = new Proxy<object>({}, { get: (_, domain) => members(transport, String(domain)) });
  // A proxy has no static type; every use of it is checked against Client.
  return domains as Client;
}

function members(transport: Transport, domain: string): object {
  return new Proxy<object>(
    {},
    {
      get: (_, name) => (input: unknown, observer?: Observer<unknown>) => {
        const operation = `${domain}.${String(name)}`;
        if (observer === undefined) return transport.call(operation, input);
        const deliver = (events: readonly Numbered<unknown>[]): void =>
          events.forEach(({ event, seq }) => observer.next(event, seq));
        return transport.subscribe(operation, input, deliver, (error) => observer.error(error));
      },
    },
  );
}
