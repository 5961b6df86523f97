import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Unsubscribe } from '../../../preload/contract/contract.ts';
import { clientFrame, type ClientFrame, type HostFrame } from '../../../preload/contract/wire.ts';
import type { Dispatcher } from '../dispatch.ts';

const frameLimitBytes = 64 * 1024;
const subscriptionLimit = 64;
/** A page that does not read is cut off; it comes back and asks from the last number it saw. */
const backlogLimitBytes = 32 * 1024 * 1024;
/** WebSocket close codes: RFC 6455, 7.4.1. */
const policyViolation = 1008;
const tryAgainLater = 1013;

/** The event connections of the serve host. The upgrade has passed the guard before `accept` is called. */
export interface EventServer {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export function createEventServer(dispatcher: Dispatcher): EventServer {
  const server = new WebSocketServer({ noServer: true, maxPayload: frameLimitBytes, perMessageDeflate: false });
  server.on('connection', (socket) => attend(socket, dispatcher));
  return {
    accept: (request, socket, head) => server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request)),
    close() {
      server.clients.forEach((client) => client.terminate());
      server.close();
    },
  };
}

function attend(socket: WebSocket, dispatcher: Dispatcher): void {
  const open = new Map<number, Unsubscribe>();

  const send = (frame: HostFrame): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > backlogLimitBytes) socket.close(tryAgainLater, 'not reading');
    else socket.send(JSON.stringify(frame));
  };

  socket.on('message', (data, binary) => {
    const frame = binary ? null : parseFrame(String(data));
    if (frame === null) return socket.close(policyViolation, 'not a frame of the contract');
    if ('unsubscribe' in frame) {
      open.get(frame.unsubscribe)?.();
      open.delete(frame.unsubscribe);
      return;
    }
    if (open.size >= subscriptionLimit || open.has(frame.subscribe)) return socket.close(policyViolation, 'too many subscriptions');
    const subscription = frame.subscribe;
    const unsubscribe = dispatcher.subscribe(frame.operation, frame.input, frame.after, {
      deliver: (events) => send({ subscription, events }),
      fail: (error) => {
        open.delete(subscription);
        send({ subscription, error });
      },
    });
    open.set(subscription, unsubscribe);
  });

  socket.on('close', () => open.forEach((unsubscribe) => unsubscribe()));
  // ws reports a broken or oversized frame here and closes the socket itself.
  socket.on('error', () => socket.terminate());
}

function parseFrame(text: string): ClientFrame | null {
  try {
    return clientFrame.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
