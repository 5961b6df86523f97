import { beforeAll, expect, it, vi } from 'vitest';
import type { Observer } from '../../preload/contract/client.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';

// Outside of the compiler a rune is the value that it was given.
beforeAll(() => {
  const rune = (value: unknown): unknown => value;
  vi.stubGlobal('$state', Object.assign(rune, { raw: rune }));
});

const at = (state: TaskProgress['state']): TaskProgress => ({
  state,
  fraction: 0.5,
  secondsLeft: null,
  doing: 'Counting',
  error: null,
});

async function followed() {
  const { FollowedTask } = await import('./followed-task.svelte.ts');
  const heard: Observer<TaskProgress>[] = [];
  const left = vi.fn();
  const stop = vi.fn(() => Promise.resolve(null));
  const ended = vi.fn(() => Promise.resolve());
  const tasks = { stop, watch: () => () => undefined };
  const feed = (_: unknown, observer: Observer<TaskProgress>) => (heard.push(observer), left);
  return { task: new FollowedTask({ tasks }, feed, ended), heard, left, stop, ended };
}

it('follows a task to its end and says so once', async () => {
  const { task, heard, left, ended } = await followed();
  task.follow('7');
  task.follow('7');
  expect(heard).toHaveLength(1);
  heard[0]?.next(at('running'), 1);
  expect([task.busy, task.progress?.doing]).toEqual([true, 'Counting']);
  heard[0]?.next(at('done'), 2);
  heard[0]?.next(at('done'), 3);
  await vi.waitFor(() => expect(task.busy).toBe(false));
  expect([ended.mock.calls.length, left.mock.calls.length, task.progress?.state]).toEqual([1, 1, 'done']);
});

it('tells a broken stream, is no longer busy, and can follow the same task again', async () => {
  const { task, heard, left, ended } = await followed();
  task.follow('7');
  heard[0]?.next(at('running'), 1);
  heard[0]?.error(new Error('gone'));
  expect([task.busy, task.lost]).toEqual([false, new Error('gone')]);
  expect([left.mock.calls.length, ended.mock.calls.length]).toEqual([1, 0]);
  task.again();
  expect([heard.length, task.busy, task.lost]).toEqual([2, true, null]);
});

it('stops the task that it follows', async () => {
  const { task, stop } = await followed();
  await task.stop();
  task.follow('7');
  await task.stop();
  expect(stop.mock.calls).toEqual([[{ taskId: '7' }]]);
});
