import type { Transport } from './client.ts';
import type { Unsubscribe } from './contract.ts';
import { unwrap, type Reply } from './errors.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { ClientFrame, HostFrame } from './wire.ts';

/** What the preload script exposes as `window.safedpo`: functions only, plain values in and out. */
export interface Bridge {
  call(operation: string, input: unknown): Promise<Reply>;
  send(frame: ClientFrame): void;
  listen(listener: (frame: HostFrame) => void): Unsubscribe;
  /** Registers a dropped file or folder and returns its handle; the page never learns how its path was found. */
  dropFile(file: unknown): Promise<Reply>;
}

/** Talks to the desktop app's main process over the preload bridge. */
export function createBridgeTransport(bridge: Bridge): Transport {
  const subscriptions = createSubscriptions((frame) => bridge.send(frame));
  bridge.listen((frame) => subscriptions.receive(frame));
  return {
    call: async (operation, input) => unwrap(await bridge.call(operation, input)),
    subscribe: subscriptions.subscribe,
  };
}
