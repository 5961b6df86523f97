import type { Transport } from './client.ts';
import { ContractError, unwrap, type Reply } from './errors.ts';
import type { PickedFile } from './operations/files.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { HostFrame } from './wire.ts';

const reconnectDelaysMs = [250, 1_000, 2_000, 5_000];

/** `signed-out`: the host was started anew, or this browser's cookie is gone; only a new address helps. */
export type Connection = 'open' | 'lost' | 'signed-out';

/** Hears how the event connection stands whenever that changes, so that the page can say so. */
export type ConnectionListener = (connection: Connection) => void;

/**
 * Talks to the serve host. `origin` is the page's own (`location.origin`). Calls are POSTs of JSON with the session
 * cookie; events come over one WebSocket, opened with the first subscription and reopened when it is lost.
 * A host that cannot be reached gives the code `host-unreachable`.
 */
export function createHttpTransport(origin: string, connection: ConnectionListener = () => {}): Transport {
  let socket: WebSocket | null = null;
  let attempt = 0;

  const subscriptions = createSubscriptions((frame) => {
    if (socket === null) connect();
    else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  });

  function connect(): void {
    const opened = new WebSocket(`${origin.replace(/^http/, 'ws')}/events`);
    socket = opened;
    opened.addEventListener('open', () => {
      attempt = 0;
      connection('open');
      subscriptions.resubscribe();
    });
    opened.addEventListener('message', ({ data }) => {
      const frame: HostFrame = JSON.parse(String(data));
      subscriptions.receive(frame);
    });
    opened.addEventListener('close', () => {
      socket = null;
      void isSignedIn(origin).then((signedIn) => connection(signedIn ? 'lost' : 'signed-out'));
      if (subscriptions.size === 0) return;
      const delay = reconnectDelaysMs[Math.min(attempt++, reconnectDelaysMs.length - 1)];
      setTimeout(() => socket ?? connect(), delay);
    });
  }

  return {
    call: async (operation, input) => unwrap(await post(`${origin}/api/${operation}`, input)),
    subscribe: subscriptions.subscribe,
  };
}

/** Swaps the one-time token of the printed address for the session cookie. Throws `ContractError` (`token-refused`). */
export async function signIn(origin: string, token: string): Promise<void> {
  unwrap(await post(`${origin}/session`, { token }));
}

/** Throws `ContractError` (`not-signed-in`, `host-unreachable`) where this browser has no session. */
export async function requireSession(origin: string): Promise<void> {
  unwrap(await post(`${origin}/api/app.settings`, {}));
}

/** False only when the host says that this browser has no session; one that does not answer says nothing about it. */
export async function isSignedIn(origin: string): Promise<boolean> {
  try {
    await requireSession(origin);
    return true;
  } catch (error) {
    return !(error instanceof ContractError && error.code === 'not-signed-in');
  }
}

/** Streams a dropped file to the host and returns its handle. */
export async function uploadFile(origin: string, file: Blob & { readonly name: string }): Promise<PickedFile> {
  const reply = await send<PickedFile>(`${origin}/upload`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': encodeURIComponent(file.name) },
    body: file,
  });
  return unwrap(reply);
}

function post(address: string, body: unknown): Promise<Reply> {
  return send(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function send<Value>(address: string, request: RequestInit): Promise<Reply<Value>> {
  try {
    const response = await fetch(address, request);
    const reply: Reply<Value> = JSON.parse(await response.text());
    return reply;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContractError({ code: 'host-unreachable', message: `The app's host did not answer (${reason}). Is it still running?`, details: {} });
  }
}
