import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { sessionHeader } from '../../preload/contract/session.ts';
import { serveApp } from '../../main/hosts/http/serve.ts';

export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export type ServeHarness = Awaited<ReturnType<typeof startServe>>;

/**
 * A real serve host with a renderer of two files and one allowed folder; over a new library, or over that of `root`.
 */
export async function startServe(
  alsoAllowed: readonly string[] = [],
  root = mkdtempSync(join(tmpdir(), 'safedpo-serve-')),
) {
  const allowed = join(root, 'allowed');
  const renderer = join(root, 'renderer');
  mkdirSync(allowed, { recursive: true });
  mkdirSync(join(renderer, 'assets'), { recursive: true });
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>SafeDPO Studio</title>');
  writeFileSync(join(renderer, 'assets/main.js'), 'export {};');
  writeFileSync(join(root, 'secret.txt'), 'the secret');

  const urls: string[] = [];
  const bugs: unknown[] = [];
  const remembered: string[] = [];
  const host = await serveApp({
    libraryFolder: join(root, 'library'),
    choice: { namedAtStart: true, remember: (folder) => void remembered.push(folder) },
    rendererFolder: renderer,
    appFolder: process.cwd(),
    port: 0,
    allow: [allowed, ...alsoAllowed],
    announce: (url) => urls.push(url),
    report: (error) => bugs.push(error),
  });
  const origin = `http://127.0.0.1:${host.port}`;

  return {
    root,
    allowed,
    port: host.port,
    origin,
    urls,
    bugs,
    /** Library folders that were chosen for the next starts. */
    remembered,
    ask: (question: Question) => ask(host.port, question),
    newestToken: () => tokenOf(urls.at(-1)),
    signIn: () => signIn(host.port, tokenOf(urls.at(-1))),
    call: caller(host.port),
    /** Ends the host and leaves its library, as a crash of the host does. */
    end: () => host.close(),
    async stop() {
      await host.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The header of a session, as our own page sends it. */
export const shown = (session: string): { readonly [sessionHeader]: string } => ({ [sessionHeader]: session });

/** Calls as our own page makes them, with the session's secret. */
function caller(port: number) {
  return (operation: string, input: unknown, session: string): Promise<Answer> => {
    const headers = { origin: `http://127.0.0.1:${port}`, ...shown(session), 'content-type': 'application/json' };
    return ask(port, { path: `/api/${operation}`, headers, body: JSON.stringify(input) });
  };
}

/** A serve host in a process of its own, by the address that it printed. */
export function serveAt(url: string) {
  const { origin, port: digits } = new URL(url);
  const port = Number(digits);
  return {
    port,
    origin,
    call: caller(port),
    signIn: () => signIn(port, tokenOf(url)),
    ask: (question: Question) => ask(port, question),
  };
}

function tokenOf(url: string | undefined): string {
  return new URLSearchParams(new URL(url ?? 'http://none/').hash.slice(1)).get('t') ?? '';
}

async function signIn(port: number, token: string): Promise<string> {
  const headers = { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json' };
  const answer = await ask(port, { path: '/session', headers, body: JSON.stringify({ token }) });
  return z.object({ value: z.string() }).parse(JSON.parse(answer.text)).value;
}

/**
 * Sends exactly these headers, over a connection of its own; Host is ours unless told otherwise. POST when there is a
 * body.
 */
export function ask(port: number, { method, path, headers = {}, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', agent: false, port, path, method: method ?? (body === undefined ? 'GET' : 'POST'), headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The status line that a raw WebSocket upgrade gets. */
export async function upgrade(
  port: number,
  path: string,
  headers: { readonly [name: string]: string },
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries({
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  });
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  const [data]: Buffer[] = await once(socket, 'data');
  socket.destroy();
  return String(data).split('\r\n')[0] ?? '';
}
