import { Failure, badInput } from '../../../native-models/failure.ts';
import { channels } from '../../../preload/contract/channels.ts';
import type { Unsubscribe } from '../../../preload/contract/contract.ts';
import type { Reply } from '../../../preload/contract/errors.ts';
import { clientFrame, type HostFrame } from '../../../preload/contract/wire.ts';
import type { Dispatcher } from '../dispatch.ts';
import type { PickedFiles } from '../picked-files.ts';

/** The parts of Electron's WebContents, frames and ipcMain that the host uses; the shell passes the real ones. */
export interface Page {
  readonly id: number;
  send(channel: string, message: unknown): void;
  isDestroyed(): boolean;
  once(event: 'destroyed', listener: () => void): unknown;
  on(event: 'did-start-navigation', listener: (details: { readonly isMainFrame: boolean; readonly isSameDocument: boolean }) => void): unknown;
}
export interface IpcEvent {
  readonly sender: Page;
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null;
}
export interface IpcPort {
  handle(channel: string, listener: (event: IpcEvent, ...args: readonly unknown[]) => Promise<Reply>): void;
  on(channel: string, listener: (event: IpcEvent, ...args: readonly unknown[]) => void): unknown;
}

export interface IpcHostOptions {
  readonly ipc: IpcPort;
  readonly dispatcher: Dispatcher;
  readonly pickedFiles: PickedFiles;
  /** The only origin that may ask, e.g. `app://studio`. */
  readonly origin: string;
}

const subscriptionLimit = 64;

/** Answers the preload bridge. Every message is checked for its sender first (security checklist, item 17), then by the contract's schema. */
export function startIpcHost({ ipc, dispatcher, pickedFiles, origin }: IpcHostOptions): void {
  const open = new Map<number, Map<number, Unsubscribe>>();

  const refusal = (event: IpcEvent): Reply | null => {
    const frame = event.senderFrame;
    const ours = frame !== null && frame.parent === null && originOf(frame.url) === origin;
    return ours ? null : { error: badInput('foreign-sender', 'Only the app\'s own page may ask.').toJSON() };
  };

  ipc.handle(channels.call, async (event, operation, input) => refusal(event) ?? dispatcher.call(String(operation), input));

  ipc.handle(channels.drop, async (event, path) => {
    const refused = refusal(event);
    if (refused) return refused;
    try {
      if (typeof path !== 'string' || path === '') throw badInput('file-not-found', 'What was dropped is not a file or folder of this computer.');
      return { value: pickedFiles.add(path) };
    } catch (error) {
      if (error instanceof Failure) return { error: error.toJSON() };
      throw error;
    }
  });

  ipc.on(channels.client, (event, message) => {
    const parsed = clientFrame.safeParse(message);
    if (refusal(event) !== null || !parsed.success) return;
    const page = event.sender;
    const subscriptions = open.get(page.id) ?? attend(page, open);
    const frame = parsed.data;
    if ('unsubscribe' in frame) {
      subscriptions.get(frame.unsubscribe)?.();
      subscriptions.delete(frame.unsubscribe);
      return;
    }
    const subscription = frame.subscribe;
    const send = (answer: HostFrame): void => {
      if (!page.isDestroyed()) page.send(channels.host, answer);
    };
    if (subscriptions.size >= subscriptionLimit) return send({ subscription, error: badInput('too-many-subscriptions', `A page may follow ${subscriptionLimit} streams at once.`).toJSON() });
    subscriptions.get(subscription)?.();
    subscriptions.set(
      subscription,
      dispatcher.subscribe(frame.operation, frame.input, frame.after, { deliver: (events) => send({ subscription, events }), fail: (error) => send({ subscription, error }) }),
    );
  });
}

/** Starts a page's book of subscriptions; a reload or the end of the page closes them. */
function attend(page: Page, open: Map<number, Map<number, Unsubscribe>>): Map<number, Unsubscribe> {
  const subscriptions = new Map<number, Unsubscribe>();
  const closeAll = (): void => {
    subscriptions.forEach((unsubscribe) => unsubscribe());
    subscriptions.clear();
  };
  open.set(page.id, subscriptions);
  page.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) closeAll();
  });
  page.once('destroyed', () => {
    closeAll();
    open.delete(page.id);
  });
  return subscriptions;
}

/** `URL.origin` is "null" for schemes the parser does not know, so scheme and host are put together by hand. */
function originOf(address: string): string | null {
  const url = URL.parse(address);
  return url === null ? null : `${url.protocol}//${url.host}`;
}
