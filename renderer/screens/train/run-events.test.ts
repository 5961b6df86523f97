import { expect, test } from 'vitest';
import { chartEvents } from './run-events.ts';

test('checkpoints, pauses and the alarm stand in the order of the steps', () => {
  const events = chartEvents(
    [
      { step: 100, kind: 'checkpoint', heldOutMargin: 0.51234, at: null, message: null },
      { step: 140, kind: 'paused', heldOutMargin: null, at: null, message: null },
      { step: 140, kind: 'resumed', heldOutMargin: null, at: null, message: null },
      { step: 200, kind: 'checkpoint', heldOutMargin: null, at: null, message: null },
    ],
    { sinceStep: 150, nats: 3 },
  );
  expect(events.map(({ x, kind, text }) => `${x} ${kind} ${text}`)).toEqual([
    '100 checkpoint Checkpoint, reward margin on held-out pairs 0.5123',
    '140 pause Paused',
    '140 pause Resumed',
    '150 alarm Alarm: the chosen answers became less likely than before training',
    '200 checkpoint Checkpoint',
  ]);
});
