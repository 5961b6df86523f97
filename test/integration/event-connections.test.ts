import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createDispatcher, type Dispatcher } from '../../main/dispatch/dispatch.ts';
import { createEventServer, type EventServer } from '../../main/hosts/http/events.ts';
import type { Numbered, Sink } from '../../preload/contract/contract.ts';
import type { StepMetrics } from '../../preload/contract/operations/runs.ts';
import type { HostFrame } from '../../preload/contract/wire.ts';
import { fixtureHandlers } from '../e2e/fixture/handlers.ts';

/** The event connections alone, over a stream in the test's hands: what a broken, slow or greedy page can do. */

/** What the stream's handler saw: where it may send, and how often it was told to stop. */
let stream: { sink: Sink<StepMetrics> | null; ended: number };
let events: EventServer;
let http: Server;
const reported: unknown[] = [];

beforeEach(async () => {
  const seen: typeof stream = { sink: null, ended: 0 };
  stream = seen;
  reported.length = 0;
  const handlers = fixtureHandlers('full');
  const metricsFeed = (_: unknown, opened: Sink<StepMetrics>) => {
    seen.sink = opened;
    return () => void (seen.ended += 1);
  };
  const progressFeed = (): never => {
    throw new Error('ENOENT /home/ada/secret: token abc');
  };
  const dispatcher: Dispatcher = createDispatcher(
    { ...handlers, runs: { ...handlers.runs, metricsFeed, progressFeed } },
    { desktop: false, report: (error) => reported.push(error) },
  );
  events = createEventServer(dispatcher);
  http = createServer();
  http.on('upgrade', (request, socket, head) => events.accept(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});
afterEach(async () => {
  events.close();
  http.closeAllConnections();
  http.close();
  await once(http, 'close');
});

async function connect(): Promise<{ readonly socket: WebSocket; readonly frames: HostFrame[] }> {
  const address = http.address();
  const socket = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  const frames: HostFrame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await once(socket, 'open');
  return { socket, frames };
}

const subscribe = (subscription: number, operation = 'runs.metricsFeed'): string =>
  JSON.stringify({ subscribe: subscription, operation, input: { runId: 'run-1' }, after: 0 });
const step = (seq: number, ballast = ''): Numbered<StepMetrics> => ({
  seq,
  event: { step: seq, epoch: 0, values: { [`loss${ballast}`]: 1 } },
});
const heard = (frames: readonly HostFrame[]): number[] =>
  frames.flatMap((frame) => ('events' in frame ? frame.events.map(({ seq }) => seq) : []));

test.each([
  ['no JSON', '{'],
  ['no frame', '{"subscribe":1}'],
  ['an extra field', JSON.stringify({ ...JSON.parse(subscribe(1)), path: '/etc' })],
  ['a negative number', JSON.stringify({ ...JSON.parse(subscribe(1)), after: -1 })],
  ['a binary frame', Buffer.from(subscribe(1))],
])('%s ends the connection, and nothing else', async (_, frame) => {
  const [broken, whole] = [await connect(), await connect()];
  whole.socket.send(subscribe(1));
  broken.socket.send(frame);
  const [code] = await once(broken.socket, 'close');
  expect(code).toBe(1008);
  await vi.waitFor(() => expect(stream.sink).not.toBeNull());
  stream.sink?.send(step(1));
  await vi.waitFor(() => expect(heard(whole.frames)).toEqual([1]));
  whole.socket.terminate();
});

test('a frame over 64 KiB ends the connection before it is read', async () => {
  const { socket } = await connect();
  socket.send('x'.repeat(64 * 1024 + 1));
  const [code] = await once(socket, 'close');
  expect(code).toBe(1009);
});

test('a page may follow 64 streams; a refused one does not count, and ending one makes room', async () => {
  const { socket, frames } = await connect();
  for (let id = 0; id < 70; id += 1) socket.send(subscribe(1000 + id, 'runs.nothing'));
  for (let id = 1; id <= 65; id += 1) socket.send(subscribe(id));
  await vi.waitFor(() => expect(frames).toHaveLength(71));
  expect(frames.at(-1)).toMatchObject({ subscription: 65, error: { code: 'too-many-subscriptions' } });
  socket.send(JSON.stringify({ unsubscribe: 1 }));
  socket.send(subscribe(66));
  await vi.waitFor(() => expect(stream.ended).toBe(1));
  stream.sink?.send(step(1));
  await vi.waitFor(() => expect(frames.at(-1)).toMatchObject({ subscription: 66, events: [{ seq: 1 }] }));
  socket.close();
  await vi.waitFor(() => expect(stream.ended, 'every stream ends with its page').toBe(65));
});

test('an error inside the app tells the page its operation and nothing of its message', async () => {
  const { socket, frames } = await connect();
  socket.send(subscribe(1, 'runs.progressFeed'));
  await vi.waitFor(() =>
    expect(frames).toMatchObject([
      { subscription: 1, error: { code: 'internal-error', details: { operation: 'runs.progressFeed' } } },
    ]),
  );
  expect(JSON.stringify(frames)).not.toMatch(/ada|secret|token|ENOENT/);
  expect(String(reported[0])).toContain('/home/ada/secret');
  socket.terminate();
});

test('a page that does not read is sent little, and everything in order once it reads', async () => {
  const { socket, frames } = await connect();
  socket.send(subscribe(1));
  await vi.waitFor(() => expect(stream.sink).not.toBeNull());
  socket.pause();
  const sent = vi.spyOn(WebSocket.prototype, 'send');
  const ballast = 'x'.repeat(1_000);
  const count = 40_000;
  for (let seq = 1; seq <= count; seq += 1) {
    stream.sink?.send(step(seq, ballast));
    if (seq % 1_000 === 0) await delay(5);
  }
  await delay(300);
  const bytes = sent.mock.calls.reduce((sum, [data]) => sum + String(data).length, 0);
  sent.mockRestore();
  // 42 MB were offered; the kernel's buffers take some of it, and the rest stays with the stream.
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(20e6);
  socket.resume();
  await vi.waitFor(() => expect(heard(frames)).toHaveLength(count), { timeout: 20_000 });
  expect(heard(frames)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  socket.terminate();
}, 60_000);

test('a hundred pages hear the same, and are gone at once when the host ends', async () => {
  const sinks = new Set<Sink<StepMetrics>>();
  const pages = await Promise.all(Array.from({ length: 100 }, connect));
  for (const { socket } of pages) {
    socket.send(subscribe(1));
    await vi.waitFor(() => expect(stream.sink !== null && !sinks.has(stream.sink)).toBe(true), { interval: 1 });
    if (stream.sink !== null) sinks.add(stream.sink);
  }
  sinks.forEach((opened) => opened.send(step(1)));
  await vi.waitFor(() => expect(pages.every(({ frames }) => heard(frames).length === 1)).toBe(true));
  events.close();
  await vi.waitFor(() => expect(stream.ended).toBe(100));
});
