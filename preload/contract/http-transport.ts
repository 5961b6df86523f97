import type { Transport } from './client.ts';
import { ContractError, unwrap, type Reply } from './errors.ts';
import type { PickedFile } from './operations/files.ts';
import { eventProtocol, sessionHeader, type SessionKeeper } from './session.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { HostFrame } from './wire.ts';

const reconnectDelaysMs = [250, 1_000, 2_000, 5_000];

/** `signed-out`: the host was started anew, or this browser's session has ended; only a new address helps. */
export type Connection = 'open' | 'lost' | 'signed-out';

/** Hears how the event connection stands whenever that changes, so that the page can say so. */
export type ConnectionListener = (connection: Connection) => void;

/**
 * Talks to the serve host. `origin` is the page's own (`location.origin`). Calls are POSTs of JSON with the session's
 * secret in a header; events come over one WebSocket, opened with the first subscription and reopened when it is lost.
 * A host that cannot be reached gives the code `host-unreachable`.
 */
export function createHttpTransport(
  origin: string,
  session: SessionKeeper,
  connection: ConnectionListener = () => {},
): Transport {
  let socket: WebSocket | null = null;
  let attempt = 0;

  const subscriptions = createSubscriptions((frame) => {
    if (socket === null) connect();
    else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  });

  function connect(): void {
    const secret = session.get();
    const opened = new WebSocket(`${origin.replace(/^http/, 'ws')}/events`, [
      eventProtocol,
      ...(secret === null ? [] : [secret]),
    ]);
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
      void isSignedIn(origin, session).then((signedIn) => connection(signedIn ? 'lost' : 'signed-out'));
      if (subscriptions.size === 0) return;
      const delay = reconnectDelaysMs[Math.min(attempt++, reconnectDelaysMs.length - 1)];
      setTimeout(() => socket ?? connect(), delay);
    });
  }

  return {
    call: async (operation, input) => unwrap(await post(`${origin}/api/${operation}`, input, session)),
    subscribe: subscriptions.subscribe,
  };
}

/**
 * Swaps the one-time token of the printed address for a session. Throws `ContractError` (`token-refused`,
 * `too-many-sign-ins`).
 */
export async function signIn(origin: string, token: string, session: SessionKeeper): Promise<void> {
  session.set(unwrap(await post<string>(`${origin}/session`, { token }, session)));
}

/** Throws `ContractError` (`not-signed-in`, `host-unreachable`) where this browser has no session. */
export async function requireSession(origin: string, session: SessionKeeper): Promise<void> {
  unwrap(await post(`${origin}/api/app.settings`, {}, session));
}

/** False only when the host says that this browser has no session; one that does not answer says nothing about it. */
export async function isSignedIn(origin: string, session: SessionKeeper): Promise<boolean> {
  try {
    await requireSession(origin, session);
    return true;
  } catch (error) {
    return !(error instanceof ContractError && error.code === 'not-signed-in');
  }
}

/** Streams a dropped file to the host and returns its handle. */
export async function uploadFile(
  origin: string,
  file: Blob & { readonly name: string },
  session: SessionKeeper,
): Promise<PickedFile> {
  const reply = await send<PickedFile>(`${origin}/upload`, {
    method: 'POST',
    headers: {
      ...shown(session),
      'content-type': 'application/octet-stream',
      'x-file-name': encodeURIComponent(file.name),
    },
    body: file,
  });
  return unwrap(reply);
}

function shown(session: SessionKeeper): { readonly [header: string]: string } {
  const secret = session.get();
  return secret === null ? {} : { [sessionHeader]: secret };
}

function post<Value>(address: string, body: unknown, session: SessionKeeper): Promise<Reply<Value>> {
  return send(address, {
    method: 'POST',
    headers: { ...shown(session), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function send<Value>(address: string, request: RequestInit): Promise<Reply<Value>> {
  try {
    const response = await fetch(address, request);
    const reply: Reply<Value> = JSON.parse(await response.text());
    return reply;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContractError({
      code: 'host-unreachable',
      message: `The app's host did not answer (${reason}). Is it still running?`,
      details: {},
    });
  }
}
