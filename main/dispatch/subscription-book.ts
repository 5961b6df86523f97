import { badInput } from '../../native-models/failure.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import type { ClientFrame, HostFrame } from '../../preload/contract/wire.ts';
import type { Dispatcher } from './dispatch.ts';

const subscriptionLimit = 64;

/** The way back to a page. */
export interface FrameSender {
  send(frame: HostFrame): void;
  /** False while the page reads more slowly than it is sent to. */
  ready(): boolean;
}

/** The streams that one page follows, by the numbers it gave them. Every host keeps one book a page. */
export interface SubscriptionBook {
  receive(frame: ClientFrame): void;
  closeAll(): void;
}

export function createSubscriptionBook(dispatcher: Dispatcher, page: FrameSender): SubscriptionBook {
  const open = new Map<number, Unsubscribe>();
  const end = (subscription: number): void => {
    open.get(subscription)?.();
    open.delete(subscription);
  };

  return {
    receive(frame) {
      if ('unsubscribe' in frame) return end(frame.unsubscribe);
      const { subscribe: subscription, operation, input, after } = frame;
      end(subscription);
      if (open.size >= subscriptionLimit) {
        return page.send({
          subscription,
          error: badInput('too-many-subscriptions', `A page may follow ${subscriptionLimit} streams at once.`).toJSON(),
        });
      }
      let failed = false;
      const unsubscribe = dispatcher.subscribe(operation, input, after, {
        ready: () => page.ready(),
        deliver: (events) => page.send({ subscription, events }),
        fail(error) {
          failed = true;
          end(subscription);
          page.send({ subscription, error });
        },
      });
      // A stream may fail before it has begun.
      if (!failed) open.set(subscription, unsubscribe);
    },

    closeAll() {
      open.forEach((unsubscribe) => unsubscribe());
      open.clear();
    },
  };
}
