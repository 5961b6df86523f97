import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { expect, test } from 'vitest';
import { createGuard } from './guard.ts';

/** What the guard of a host on `port` says to a request of a page with this address in front of its path. */
async function statusFor(port: number, host: string): Promise<number> {
  const guard = createGuard(port, { accepts: () => true });
  const server = createServer((asked, answer) => {
    answer.statusCode = (guard.reached(asked) ?? guard.sameOrigin(asked))?.status ?? 200;
    answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const sent = request({
    host: '127.0.0.1',
    port: typeof address === 'object' ? address?.port : 0,
    headers: { host, origin: `http://${host}` },
  }).end();
  const [{ statusCode }] = await once(sent, 'response');
  server.closeAllConnections();
  server.close();
  return statusCode;
}

test.each([
  [80, '127.0.0.1', 200],
  [80, 'localhost', 200],
  [80, '127.0.0.1:80', 200],
  [80, 'evil.example', 403],
  [8080, '127.0.0.1:8080', 200],
  [8080, '127.0.0.1', 403],
  [8080, '127.0.0.1:80', 403],
])('on port %i the Host %s gets %i: browsers leave out the port of HTTP', async (port, host, status) => {
  expect(await statusFor(port, host)).toBe(status);
});
