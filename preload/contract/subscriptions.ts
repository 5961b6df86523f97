import type { Numbered, Unsubscribe } from './contract.ts';
import { ContractError } from './errors.ts';
import type { ClientFrame, HostFrame } from './wire.ts';

interface Subscription {
  readonly operation: string;
  readonly input: unknown;
  after: number;
  readonly listener: (events: readonly Numbered<unknown>[]) => void;
  readonly failed: (error: Error) => void;
}

/**
 * The client's end of an event connection: keeps what is subscribed, drops events seen before, and asks again
 * from the last number after a reconnect. `send` may drop frames while there is no connection.
 */
export function createSubscriptions(send: (frame: ClientFrame) => void) {
  const open = new Map<number, Subscription>();
  let nextId = 1;

  const ask = (id: number, { operation, input, after }: Subscription): void =>
    send({ subscribe: id, operation, input, after });

  return {
    get size(): number {
      return open.size;
    },

    subscribe(
      operation: string,
      input: unknown,
      listener: Subscription['listener'],
      failed: Subscription['failed'],
    ): Unsubscribe {
      const id = nextId++;
      const subscription: Subscription = { operation, input, after: 0, listener, failed };
      open.set(id, subscription);
      ask(id, subscription);
      return () => {
        if (open.delete(id)) send({ unsubscribe: id });
      };
    },

    /** Call when the connection is (again) open. */
    resubscribe(): void {
      open.forEach((subscription, id) => ask(id, subscription));
    },

    receive(frame: HostFrame): void {
      const subscription = open.get(frame.subscription);
      // A frame that crossed an unsubscribe on the way.
      if (subscription === undefined) return;
      if ('error' in frame) {
        open.delete(frame.subscription);
        subscription.failed(new ContractError(frame.error));
        return;
      }
      const fresh = frame.events.filter(({ seq }) => seq > subscription.after);
      const last = fresh.at(-1);
      if (last === undefined) return;
      subscription.after = last.seq;
      subscription.listener(fresh);
    },
  };
}
