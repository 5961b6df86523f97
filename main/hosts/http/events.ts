import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { eventProtocol } from '../../../preload/contract/session.ts';
import { clientFrame, type ClientFrame } from '../../../preload/contract/wire.ts';
import type { Dispatcher } from '../../dispatch/dispatch.ts';
import { createSubscriptionBook } from '../../dispatch/subscription-book.ts';

const frameLimitBytes = 64 * 1024;
/** A page that has more than this unread is sent nothing until it has caught up. */
const unreadLimitBytes = 1024 * 1024;
const pingIntervalMs = 30_000;
/** WebSocket close codes: RFC 6455, 7.4.1. */
const policyViolation = 1008;

/** The event connections of the serve host. The upgrade has passed the guard before `accept` is called. */
export interface EventServer {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export function createEventServer(dispatcher: Dispatcher): EventServer {
  // Of the protocols that a page offers, only ours is ever named in an answer: the other one is the session's secret.
  const handleProtocols = (offered: ReadonlySet<string>): string | false =>
    offered.has(eventProtocol) ? eventProtocol : false;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: frameLimitBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  server.on('connection', (socket) => attend(socket, dispatcher));
  return {
    accept: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request)),
    close() {
      server.clients.forEach((client) => client.terminate());
      server.close();
    },
  };
}

function attend(socket: WebSocket, dispatcher: Dispatcher): void {
  const book = createSubscriptionBook(dispatcher, {
    send(frame) {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
    },
    ready: () => socket.bufferedAmount < unreadLimitBytes,
  });
  socket.on('message', (data, binary) => {
    const frame = binary ? null : parseFrame(String(data));
    if (frame === null) socket.close(policyViolation, 'not a frame of the contract');
    else book.receive(frame);
  });
  const stopPinging = endSilent(socket);
  socket.on('close', () => {
    stopPinging();
    book.closeAll();
  });
  // ws reports a broken or oversized frame here and closes the socket itself.
  socket.on('error', () => socket.terminate());
}

/** Ends a connection whose other end is gone without having said so: a laptop that sleeps, a tunnel that was cut. */
function endSilent(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, pingIntervalMs);
  return () => clearInterval(timer);
}

function parseFrame(text: string): ClientFrame | null {
  try {
    return clientFrame.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
