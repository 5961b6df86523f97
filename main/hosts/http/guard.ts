import type { IncomingMessage } from 'node:http';
import { badInput, type Failure } from '../../../native-models/failure.ts';
import { eventProtocol, sessionHeader } from '../../../preload/contract/session.ts';
import type { Sessions } from './session.ts';

/** A refused request: the HTTP status and what to say. */
export interface Refusal {
  readonly status: number;
  readonly failure: Failure;
}

export interface Guard {
  /** For every request: from this machine, and naming this host. Returns `null` when it may go on. */
  reached(request: IncomingMessage): Refusal | null;
  /** For whatever writes or opens a socket: from our own page. */
  sameOrigin(request: IncomingMessage): Refusal | null;
  signedIn(request: IncomingMessage): Refusal | null;
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * The rules of who may ask. A page that rebinds its name to 127.0.0.1 passes a same-origin test but not the Host
 * test; a form or script elsewhere passes the Host test but not the Origin test; both are needed.
 */
export function createGuard(port: number, sessions: Pick<Sessions, 'accepts'>): Guard {
  // Browsers leave the port out where it is that of HTTP.
  const hosts = new Set(
    ['127.0.0.1', 'localhost'].flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]),
  );

  return {
    reached(request) {
      const peer = request.socket.remoteAddress;
      if (peer === undefined || !loopback.has(peer))
        return refuse(403, 'foreign-peer', 'Only this machine may connect. From elsewhere, use an SSH tunnel.');
      if (!hosts.has(request.headers.host ?? '')) {
        return refuse(
          403,
          'foreign-host',
          `The Host header must name this server (127.0.0.1:${port}). Use the printed address.`,
        );
      }
      return null;
    },

    sameOrigin(request) {
      const { host, origin, 'sec-fetch-site': site } = request.headers;
      if (origin !== `http://${host}`)
        return refuse(403, 'foreign-origin', "The request does not come from the app's own page.");
      if (site !== undefined && site !== 'same-origin')
        return refuse(403, 'foreign-origin', 'The browser says that the request comes from another site.');
      return null;
    },

    signedIn(request) {
      if (sessions.accepts(secretOf(request))) return null;
      return refuse(401, 'not-signed-in', 'This browser is not signed in. Open the address that the app printed last.');
    },
  };
}

/**
 * The session's secret as a request shows it: in its header, or after our protocol where it opens the event connection.
 */
export function secretOf({ headers }: IncomingMessage): string | undefined {
  const [protocol, offered] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  if (protocol === eventProtocol) return offered;
  const shown = headers[sessionHeader];
  return typeof shown === 'string' ? shown : undefined;
}

export function refuse(status: number, code: string, message: string): Refusal {
  return { status, failure: badInput(code, message) };
}
