import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const mostStrangers = 64;

/** The connections of a server by whether a session came over them. */
export interface Connections {
  /** A session came over this one: it is no stranger's any more. */
  trust(socket: Socket): void;
}

/**
 * Keeps connections without a session few. Anyone on this machine can open some and say nothing; the oldest of them
 * goes when another comes, so that those who hold them never keep the person out.
 */
export function limitStrangers(server: Server): Connections {
  const strangers = new Set<Socket>();
  server.on('connection', (socket) => {
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
    if (strangers.size > mostStrangers) strangers.values().next().value?.destroy();
  });
  return { trust: (socket) => void strangers.delete(socket) };
}
