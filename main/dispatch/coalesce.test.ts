import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Replay } from '../../preload/contract/operation.ts';
import { coalesce } from './coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stream(replay: Replay) {
  const batches: number[][] = [];
  const client = { ready: true };
  const { sink, stop } = coalesce(replay, 0, {
    deliver: (events) => batches.push(events.map(({ seq }) => seq)),
    fail: () => {},
    ready: () => client.ready,
  });
  const send = (...numbers: readonly number[]): void => numbers.forEach((seq) => sink.send({ seq, event: null }));
  return { batches, client, send, stop };
}

test('the first events go at once, what comes within a tenth of a second goes together', () => {
  const { batches, send } = stream('all');
  send(1, 2);
  vi.advanceTimersByTime(0);
  send(3);
  vi.advanceTimersByTime(50);
  send(4);
  vi.advanceTimersByTime(50);
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test.each([
  ['all', [[1, 2, 3]]],
  ['latest', [[3]]],
] as const)('a client that is not ready is waited for: %s', (replay, expected) => {
  const { batches, client, send } = stream(replay);
  client.ready = false;
  send(1, 2);
  vi.advanceTimersByTime(1000);
  send(3);
  expect(batches).toEqual([]);
  client.ready = true;
  vi.advanceTimersByTime(100);
  expect(batches).toEqual(expected);
});

test('a long history comes in pieces, without waiting between them', () => {
  const { batches, send } = stream('all');
  send(...Array.from({ length: 2_500 }, (_, index) => index + 1));
  vi.advanceTimersByTime(10);
  expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 500]);
});

test('nothing is delivered after the end', () => {
  const { batches, send, stop } = stream('all');
  send(1);
  stop();
  vi.advanceTimersByTime(1000);
  expect(batches).toEqual([]);
});
