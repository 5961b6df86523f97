import dgram from 'node:dgram';
import { appendFileSync } from 'node:fs';
import net from 'node:net';

/** `--import`ed into every process where strace is absent: writes down what Node itself binds and connects to. */
const file = process.env['SAFEDPO_SOCKET_RECORD'] ?? '';
const note = (line: string): void => appendFileSync(file, `${line}\n`);

/** Replaces a method by one that calls `before` first. */
function watch(prototype: object, name: string, before: (self: unknown, given: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== 'function') throw new TypeError(`${name} is no method`);
  Reflect.set(prototype, name, function watched(this: unknown, ...given: unknown[]): unknown {
    before(this, given);
    return Reflect.apply(original, this, given);
  });
}

watch(net.Socket.prototype, 'connect', (_, [where]) => note(`connect ${JSON.stringify(where)}`));
watch(net.Server.prototype, 'listen', (server) => {
  if (!(server instanceof net.Server)) return;
  server.once('listening', () => {
    const address = server.address();
    note(`bind ${address !== null && typeof address === 'object' ? `${address.address}:${address.port}` : String(address)}`);
  });
});
for (const name of ['bind', 'send', 'connect']) watch(dgram.Socket.prototype, name, () => note(`datagram ${name}`));
