import type { IncomingMessage } from 'node:http';
import { badInput, type Failure } from '../../../native-models/failure.ts';
import type { Session } from './session.ts';

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
export function createGuard(port: number, session: Session): Guard {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);

  return {
    reached(request) {
      const peer = request.socket.remoteAddress;
      if (peer === undefined || !loopback.has(peer)) return refuse(403, 'foreign-peer', 'Only this machine may connect. From elsewhere, use an SSH tunnel.');
      if (!hosts.has(request.headers.host ?? '')) {
        return refuse(403, 'foreign-host', `The Host header must name this server (127.0.0.1:${port}). Use the printed address.`);
      }
      return null;
    },

    sameOrigin(request) {
      const { host, origin, 'sec-fetch-site': site } = request.headers;
      if (origin !== `http://${host}`) return refuse(403, 'foreign-origin', 'The request does not come from the app\'s own page.');
      if (site !== undefined && site !== 'same-origin') return refuse(403, 'foreign-origin', 'The browser says that the request comes from another site.');
      return null;
    },

    signedIn(request) {
      if (session.accepts(request.headers.cookie)) return null;
      return refuse(401, 'not-signed-in', 'This browser is not signed in. Open the address that the app printed last.');
    },
  };
}

export function refuse(status: number, code: string, message: string): Refusal {
  return { status, failure: badInput(code, message) };
}
