import { Failure, badInput } from '../../../native-models/failure.ts';
import { channels } from '../../../preload/contract/channels.ts';
import type { Reply } from '../../../preload/contract/errors.ts';
import { clientFrame } from '../../../preload/contract/wire.ts';
import type { Dispatcher } from '../../dispatch/dispatch.ts';
import type { PickedFiles } from '../../dispatch/picked-files.ts';
import { createSubscriptionBook, type SubscriptionBook } from '../../dispatch/subscription-book.ts';

/** The parts of Electron's WebContents, frames and ipcMain that the host uses; the shell passes the real ones. */
export interface Page {
  readonly id: number;
  send(channel: string, message: unknown): void;
  isDestroyed(): boolean;
  once(event: 'destroyed', listener: () => void): unknown;
  on(
    event: 'did-start-navigation',
    listener: (details: { readonly isMainFrame: boolean; readonly isSameDocument: boolean }) => void,
  ): unknown;
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

/**
 * Answers the preload bridge. Every message is checked for its sender first (security checklist, item 17), then by the
 * contract's schema.
 */
export function startIpcHost({ ipc, dispatcher, pickedFiles, origin }: IpcHostOptions): void {
  const books = new Map<number, SubscriptionBook>();

  const refusal = (event: IpcEvent): Reply | null => {
    const frame = event.senderFrame;
    const ours = frame !== null && frame.parent === null && originOf(frame.url) === origin;
    return ours ? null : { error: badInput('foreign-sender', "Only the app's own page may ask.").toJSON() };
  };

  ipc.handle(
    channels.call,
    async (event, operation, input) => refusal(event) ?? dispatcher.call(String(operation), input),
  );

  ipc.handle(channels.drop, async (event, path) => {
    const refused = refusal(event);
    if (refused) return refused;
    try {
      if (typeof path !== 'string' || path === '')
        throw badInput('file-not-found', 'What was dropped is not a file or folder of this computer.');
      return { value: pickedFiles.add(path) };
    } catch (error) {
      if (error instanceof Failure) return { error: error.toJSON() };
      throw error;
    }
  });

  ipc.on(channels.client, (event, message) => {
    const parsed = clientFrame.safeParse(message);
    if (refusal(event) !== null || !parsed.success) return;
    const book = books.get(event.sender.id) ?? attend(event.sender, dispatcher, books);
    book.receive(parsed.data);
  });
}

/** Starts a page's book of subscriptions; a reload or the end of the page closes them. */
function attend(page: Page, dispatcher: Dispatcher, books: Map<number, SubscriptionBook>): SubscriptionBook {
  const book = createSubscriptionBook(dispatcher, {
    send(frame) {
      if (!page.isDestroyed()) page.send(channels.host, frame);
    },
    // Electron does not tell how far a page has read; it is on the same machine.
    ready: () => true,
  });
  books.set(page.id, book);
  page.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) book.closeAll();
  });
  page.once('destroyed', () => {
    book.closeAll();
    books.delete(page.id);
  });
  return book;
}

/** `URL.origin` is "null" for schemes the parser does not know, so scheme and host are put together by hand. */
function originOf(address: string): string | null {
  const url = URL.parse(address);
  return url === null ? null : `${url.protocol}//${url.host}`;
}
