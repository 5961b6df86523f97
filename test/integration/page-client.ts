import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createClient, type Client } from '../../preload/contract/client.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import { createSubscriptions } from '../../preload/contract/subscriptions.ts';
import { eventProtocol } from '../../preload/contract/session.ts';
import { shown, type ServeHarness } from './serve-harness.ts';

/** A page's client over a serve host, with the connection in the test's hands. */
export interface PageClient {
  readonly client: Client;
  readonly session: string;
  upload(name: string, bytes: Buffer): Promise<PickedFile>;
  connect(): Promise<void>;
  hangUp(): void;
}

/** Signs in and connects. The browser's own transport cannot be used: Node's WebSocket sends no Origin. */
export async function openPage(
  serve: Pick<ServeHarness, 'port' | 'origin' | 'call' | 'signIn' | 'ask'>,
): Promise<PageClient> {
  const session = await serve.signIn();
  let socket: WebSocket | null = null;
  const subscriptions = createSubscriptions((frame) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  });
  const connect = async (): Promise<void> => {
    const opened = new WebSocket(`ws://127.0.0.1:${serve.port}/events`, [eventProtocol, session], {
      origin: serve.origin,
    });
    opened.on('message', (data) => subscriptions.receive(JSON.parse(String(data))));
    await once(opened, 'open');
    socket = opened;
    subscriptions.resubscribe();
  };
  await connect();
  const client = createClient({
    call: async (operation, input) => unwrap(JSON.parse((await serve.call(operation, input, session)).text)),
    subscribe: subscriptions.subscribe,
  });
  const upload = async (name: string, body: Buffer): Promise<PickedFile> => {
    const headers = {
      origin: serve.origin,
      ...shown(session),
      'content-type': 'application/octet-stream',
      'x-file-name': encodeURIComponent(name),
    };
    return unwrap<PickedFile>(JSON.parse((await serve.ask({ path: '/upload', headers, body })).text));
  };
  return { client, session, upload, connect, hangUp: () => socket?.terminate() };
}
