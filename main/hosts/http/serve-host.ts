import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { Failure, failed } from '../../../native-models/failure.ts';
import type { Assets } from '../assets.ts';
import { securityHeaders } from '../content-security.ts';
import { internalError, type Dispatcher } from '../../dispatch/dispatch.ts';
import type { PickedFiles } from '../../dispatch/picked-files.ts';
import { createEventServer } from './events.ts';
import { limitStrangers } from './connections.ts';
import { createGuard, refuse, secretOf, type Refusal } from './guard.ts';
import { readJson, reply, replyRefused } from './respond.ts';
import { createSessions } from './session.ts';
import { slowFailures } from './slow-failures.ts';
import { receiveUpload } from './upload.ts';

export interface ServeOptions {
  readonly dispatcher: Dispatcher;
  readonly assets: Assets;
  readonly pickedFiles: PickedFiles;
  /** Where dropped files are kept, now. */
  uploadFolder(): string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Hears the address with a fresh one-time token: at the start and after each sign-in. */
  announce(url: string): void;
  /** Hears errors that are not `Failure`s. */
  report(error: unknown, where: string): void;
}

export interface ServeHost {
  readonly port: number;
  close(): Promise<void>;
}

const signInBody = z.strictObject({ token: z.string().min(1).max(200) });
const statusOf: ReadonlyMap<string, number> = new Map([
  ['body-too-large', 413],
  ['not-json', 415],
  ['unknown-operation', 404],
  ['desktop-only', 403],
]);

/**
 * Serves the interface and the contract to a browser on this machine: bound to 127.0.0.1, every request checked for
 * peer, Host, Origin and session before anything is read. Throws `port-taken`.
 */
export async function startServeHost({
  dispatcher,
  assets,
  pickedFiles,
  uploadFolder,
  port,
  announce,
  report,
}: ServeOptions): Promise<ServeHost> {
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 });
  const connections = limitStrangers(server);
  const bound = await listen(server, port);
  const sessions = createSessions();
  const guard = createGuard(bound, sessions);
  const failedSignIn = slowFailures();
  const events = createEventServer(dispatcher);
  const tell = (): void => announce(`http://127.0.0.1:${bound}/#t=${sessions.token}`);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const reached = guard.reached(request);
    if (reached) return replyRefused(request, response, reached);
    if (request.method === 'GET' || request.method === 'HEAD') return giveAsset(assets, path, request, response);

    const refusal =
      guard.sameOrigin(request) ??
      (path === '/session' ? null : guard.signedIn(request)) ??
      (request.method === 'POST' ? null : wrongMethod());
    if (refusal) return replyRefused(request, response, refusal);

    if (path === '/session') return signIn(request, response);
    connections.trust(request.socket);
    if (path === '/upload')
      return reply(response, 200, { value: await receiveUpload(request, uploadFolder(), pickedFiles) });
    if (path.startsWith('/api/')) {
      const answer = await dispatcher.call(path.slice('/api/'.length), await readJson(request));
      return reply(response, 'error' in answer ? (statusOf.get(answer.error.code) ?? 422) : 200, answer);
    }
    replyRefused(request, response, refuse(404, 'unknown-address', 'There is nothing at this address.'));
  };

  const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = signInBody.safeParse(await readJson(request));
    const secret = body.success ? sessions.signIn(body.data.token) : null;
    if (secret === null) {
      const refusal = (await failedSignIn())
        ? refuse(
            401,
            'token-refused',
            'This address has been used or is not the one printed last. Open the newest address.',
          )
        : refuse(
            429,
            'too-many-sign-ins',
            'Too many sign-ins fail at the moment. Wait a little, then open the newest address.',
          );
      return replyRefused(request, response, refusal);
    }
    connections.trust(request.socket);
    reply(response, 200, { value: secret });
    tell();
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      const hungUp = request.destroyed && !request.complete;
      if (!(error instanceof Failure) && !hungUp) report(error, 'request');
      const failure = error instanceof Failure ? error : internalError('The request');
      if (response.headersSent) response.destroy();
      else replyRefused(request, response, { status: statusOf.get(failure.code) ?? 400, failure });
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const refusal =
      (request.url === '/events' ? null : refuse(404, 'unknown-address', '')) ??
      guard.reached(request) ??
      guard.sameOrigin(request) ??
      guard.signedIn(request);
    if (refusal) socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else {
      connections.trust(request.socket);
      socket.once('close', sessions.hold(secretOf(request) ?? ''));
      events.accept(request, socket, head);
    }
  });
  tell();

  return {
    port: bound,
    async close() {
      events.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function giveAsset(assets: Assets, path: string, request: IncomingMessage, response: ServerResponse): void {
  const asset = assets.get(path);
  if (asset === undefined)
    return replyRefused(request, response, refuse(404, 'unknown-address', 'There is nothing at this address.'));
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': asset.mediaType,
    'content-length': asset.bytes.length,
    'cache-control': 'no-cache',
  });
  response.end(request.method === 'HEAD' ? undefined : asset.bytes);
}

function wrongMethod(): Refusal {
  return refuse(405, 'unknown-address', 'Only GET, HEAD and POST are answered.');
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen({ host: '127.0.0.1', port });
    await once(server, 'listening');
  } catch (error) {
    throw failed(
      'port-taken',
      `Port ${port} of 127.0.0.1 cannot be used (${String(error)}). Choose another port.`,
      { port },
      { cause: error },
    );
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw failed('port-taken', 'The server has no port.', { port });
  return address.port;
}
