import { expect, test } from 'vitest';
import { redactLog, withoutPaths } from './redact.ts';

test('of a log only times, operations, classes of errors and places in the app are left', () => {
  const lines = [
    '2026-11-25T23:11:22.333Z runs.start',
    'TypeError: cannot read "my secret prompt" of /home/ada/client-x/pairs.jsonl',
    '  second line of the message with ada@example.org',
    '    at startRun (/home/ada/app/main/runs/start.ts:10:5)',
    '    at async Object.call (file:///home/ada/app/main/dispatch/dispatch.ts:44:9)',
    '    at C:\\Users\\Ada\\AppData\\Local\\app.asar\\out\\main\\main.js:1:2',
    '    at node:internal/process/task_queues:95:5',
    '    at evil (/home/ada/client-x/plugin.js:1:1)',
    '    at SqliteError (/home/ada/app/node_modules/better-sqlite3/lib/methods/wrappers.js:5:1)',
    '{"prompt":"my secret prompt"}',
  ];
  expect(redactLog(lines)).toEqual([
    '2026-11-25T23:11:22.333Z runs.start',
    'TypeError: (message left out)',
    '    at startRun main/runs/start.ts:10:5',
    '    at Object.call main/dispatch/dispatch.ts:44:9',
    '    at (anonymous) app.asar/out/main/main.js:1:2',
    '    at (anonymous) node:internal/process/task_queues:95:5',
    '    at evil (elsewhere):1:1',
    '    at SqliteError node_modules/better-sqlite3/lib/methods/wrappers.js:5:1',
  ]);
});

test.each([
  ['libcudnn.so.9 is not in /opt/ada/lib or C:\\Users\\Ada', 'libcudnn.so.9 is not in (path) or (path)'],
  ['no NVIDIA GPU or driver was found', 'no NVIDIA GPU or driver was found'],
])('%s', (text, expected) => {
  expect(withoutPaths(text)).toBe(expected);
});
