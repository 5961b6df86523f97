import { expect, test, vi } from 'vitest';
import { badInput, Failure } from '../../native-models/failure.ts';
import type { RunningTask } from '../../preload/contract/operations/tasks.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { createChanges } from '../dispatch/changes.ts';
import { temporaryLibrary } from '../datasets/store/library.fixture.ts';
import { createBackground } from './background.ts';
import { createTasks, starting } from './tasks.ts';

const about = { projectId: 1, name: 'Island guide' };

function setUp() {
  const background = createBackground(() => {});
  const report = vi.fn();
  const library = temporaryLibrary();
  const tasks = createTasks<TaskProgress>('exports.start', { library, background, changes: createChanges(), report });
  const seen: (readonly RunningTask[])[] = [];
  background.running.topic.subscribe({ after: 0, send: ({ event }) => seen.push(event), fail: expect.fail });
  const ended = (taskId: string): Promise<TaskProgress> =>
    new Promise((resolve, reject) =>
      tasks.follow(taskId, {
        after: 0,
        send: ({ event }) => event.state !== 'running' && resolve(event),
        fail: reject,
      }),
    );
  return { background, report, tasks, seen, ended };
}

test('a task is listed with its progress until it has ended, and keeps what it last said', async () => {
  const { background, tasks, seen, ended } = setUp();
  const taskId = tasks.start(about, starting('Starting'), async ({ progress }) => {
    progress({ doing: 'Writing', fraction: 0.5 });
    return { doing: 'Written and checked' };
  });
  const end = { state: 'done', doing: 'Written and checked', fraction: 1, secondsLeft: 0, error: null };
  expect(await ended(taskId)).toEqual(end);
  expect(tasks.latest(taskId)).toEqual(end);
  const listed = { taskId, operation: 'exports.start', about, secondsLeft: null, stopping: false };
  expect(seen).toEqual([
    [],
    [{ ...listed, doing: 'Starting', fraction: null }],
    [{ ...listed, doing: 'Writing', fraction: 0.5 }],
    [],
  ]);
  expect(background.running.list).toEqual([]);
});

test('a task that a person stops is listed as stopping, then ends as stopped', async () => {
  const { background, tasks, seen, ended } = setUp();
  const taskId = tasks.start(
    about,
    starting('Starting'),
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Failure('interrupted', 'export-stopped', 'Stopped.'))),
      ),
  );
  background.running.stop(taskId);
  expect(seen.at(-1)).toMatchObject([{ taskId, stopping: true }]);
  expect(await ended(taskId)).toMatchObject({ state: 'stopped', error: null });
  expect(() => background.running.stop(taskId), 'it has ended meanwhile').not.toThrow();
  expect(() => background.running.stop('another')).toThrow(expect.objectContaining({ code: 'unknown-task' }));
});

test('a failure ends a task with its code; a defect is reported and ends it as an internal error', async () => {
  const { report, tasks, ended } = setUp();
  const refused = tasks.start(about, starting('Starting'), () => Promise.reject(badInput('no-room', 'No room.')));
  expect(await ended(refused)).toMatchObject({ state: 'failed', error: { code: 'no-room' } });
  expect(report).not.toHaveBeenCalled();
  const broken = tasks.start(about, starting('Starting'), () => Promise.reject(new TypeError('a path and data')));
  expect(await ended(broken)).toMatchObject({ state: 'failed', error: { code: 'internal-error' } });
  expect(report).toHaveBeenCalledWith(expect.any(TypeError), 'exports.start');
});
