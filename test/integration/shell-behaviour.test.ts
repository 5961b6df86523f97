import type { MenuItemConstructorOptions } from 'electron';
import { EventEmitter } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createPickedFiles } from '../../main/dispatch/picked-files.ts';
import { libraryFolder } from '../../main/library/folder.ts';
import { openLibraryAlone } from '../../main/library/library-holder.ts';
import { startShell } from '../../main/shell/app.ts';
import { createDialogs } from '../../main/shell/dialogs.ts';
import { setMenu } from '../../main/shell/menu.ts';
import { startAddress } from '../../main/shell/page-address.ts';
import { shellLog, watchForCrashes } from '../../main/shell/crash-reports.ts';
import { askBeforeQuit } from '../../main/shell/quit.ts';
import { checkpointBeforeSleep } from '../../main/shell/suspend.ts';
import { watchTraining } from '../../main/shell/training-watch.ts';
import { createClient } from '../../preload/contract/client.ts';
import { ContractError } from '../../preload/contract/errors.ts';
import type { Numbered } from '../../preload/contract/contract.ts';
import { menuCommands } from '../../preload/contract/menu.ts';
import { appSettings } from '../../preload/contract/operations/app.ts';
import { FakeContents, answers, app, ipc, nativeTheme, powerMonitor, record } from './fake-electron.ts';

vi.mock('electron', async () => import('./fake-electron.ts'));

const root = mkdtempSync(join(tmpdir(), 'safedpo-shell-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  app.removeAllListeners();
  powerMonitor.removeAllListeners();
  record.order.length = 0;
  record.windows.length = 0;
  record.notifications.length = 0;
  record.openDialogs.length = 0;
  record.exitCodes.length = 0;
  record.blockers.clear();
  Object.assign(answers, { firstInstance: true, messageBox: 0, userFolder: root });
});

/** A client whose run activity the test sets, and which keeps what was called. */
function fakeTraining() {
  const calls: string[] = [];
  let publish: (events: readonly Numbered<unknown>[]) => void = () => {};
  let seq = 0;
  const client = createClient({
    async call(operation, input) {
      calls.push(operation);
      if (operation === 'runs.pause' || operation === 'runs.resume') calls.push(JSON.stringify(input));
      if (operation === 'app.settings') return { notifyWhenRunEnds: true };
      return { name: 'Run 1', projectName: 'Lanterns', progress: { state: 'done', step: 20, steps: 20 } };
    },
    subscribe(_operation, _input, listener) {
      publish = listener;
      return () => {};
    },
  });
  const setRuns = (...states: string[]): void =>
    publish([{ seq: ++seq, event: states.map((state, index) => ({ runId: `run-${index}`, state })) }]);
  return { client, calls, setRuns };
}

/** The page's end of the IPC, as far as the host looks at it. */
class FakePage extends EventEmitter {
  readonly id = 1;
  isDestroyed(): boolean {
    return false;
  }
}

function items(list: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return list.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? items(item.submenu) : [])]);
}

test('a second start shows the first window and opens none', async () => {
  const files = { preload: join(root, 'preload.cjs'), renderer: join(root, 'renderer'), appFolder: process.cwd() };
  mkdirSync(files.renderer);
  writeFileSync(join(files.renderer, 'index.html'), '<!doctype html>');
  vi.stubEnv('SAFEDPO_LIBRARY', join(root, 'library'));
  await startShell(files);
  const [first] = record.windows;
  if (first) first.minimized = true;
  app.emit('second-instance', {});
  expect(first).toMatchObject({ minimized: false, focused: true });

  const senderFrame = { url: startAddress, parent: null };
  const call = (operation: string, input: object): unknown =>
    ipc.invoked.get('safedpo:call')?.({ sender: {}, senderFrame }, operation, input);
  const settings = z.object({ value: appSettings }).parse(await call('app.settings', {})).value;
  await call('app.saveSettings', { ...settings, theme: 'dark' });
  expect(nativeTheme.themeSource, 'the frame of the window follows the page').toBe('dark');

  const sender = Object.assign(new FakePage(), { send: (_: string, frame: unknown) => heard.push(frame) });
  const heard: unknown[] = [];
  const runs = items(record.menu).find(({ label }) => label === menuCommands.runs.title);
  const choose = (): unknown => Reflect.apply(runs?.click ?? (() => {}), undefined, []);
  choose();
  ipc.heard.get('safedpo:client-frame')?.(
    { sender, senderFrame },
    { subscribe: 1, operation: 'app.menuFeed', input: {}, after: 0 },
  );
  await delay(20);
  expect(heard, 'a page that is loaded later does not run an old choice').toEqual([]);
  choose();
  await vi.waitFor(() => expect(heard).toMatchObject([{ subscription: 1, events: [{ event: 'runs' }] }]));

  app.emit('will-quit', { preventDefault: () => {} });
  await vi.waitFor(() => expect(record.exitCodes).toEqual([0]));

  answers.firstInstance = false;
  await startShell(files);
  expect(record.windows).toHaveLength(1);
  expect(record.order.at(-1)).toBe('quit');
});

test('the library is shown in its folder, and another one is opened in its place and at the next start', async () => {
  const files = { preload: join(root, 'preload.cjs'), renderer: join(root, 'page'), appFolder: process.cwd() };
  mkdirSync(files.renderer);
  writeFileSync(join(files.renderer, 'index.html'), '<!doctype html>');
  vi.stubEnv('SAFEDPO_LIBRARY', undefined);
  for (const name of ['XDG_DATA_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, join(root, 'data'));
  await startShell(files);
  const call = async (operation: string, input: object): Promise<unknown> =>
    ipc.invoked.get('safedpo:call')?.(
      { sender: {}, senderFrame: { url: startAddress, parent: null } },
      operation,
      input,
    );
  const folderNow = async (): Promise<string> =>
    z.object({ value: z.object({ folder: z.string() }) }).parse(await call('library.describe', {})).value.folder;
  const first = await folderNow();
  await call('library.showFolder', {});
  expect(record.opened.at(-1)).toBe(first);

  const other = join(root, 'other library');
  mkdirSync(other);
  answers.paths = [other];
  const {
    value: [picked],
  } = z
    .object({ value: z.array(z.object({ handle: z.string() })) })
    .parse(await call('files.choose', { purpose: 'library-folder' }));
  expect(record.openDialogs.at(-1)?.properties).toContain('openDirectory');
  expect(await call('library.open', { folder: picked?.handle ?? '' })).toEqual({ value: null });
  expect(await folderNow()).toBe(other);
  expect(libraryFolder(undefined), 'the next start opens it, too').toBe(other);

  app.emit('will-quit', { preventDefault: () => {} });
  await vi.waitFor(() => expect(record.exitCodes).toEqual([0]));
  for (const folder of [first, other]) openLibraryAlone(folder).close();
  vi.unstubAllEnvs();
});

test('the menu offers every command of the contract, with its title and key, and sends it', () => {
  const sent: string[] = [];
  setMenu((command) => sent.push(command));
  for (const { click } of items(record.menu)) if (click) Reflect.apply(click, undefined, []);
  expect(items(record.menu).find(({ label }) => label === menuCommands.palette.title)).toMatchObject({
    accelerator: 'CmdOrCtrl+K',
    registerAccelerator: false,
  });
  expect(sent.toSorted()).toEqual(Object.keys(menuCommands).toSorted());
});

test('a dialog opens where its purpose was last used, and gives handles', async () => {
  const folder = join(root, 'models', 'tiny');
  mkdirSync(folder, { recursive: true });
  answers.paths = [folder];
  const pickedFiles = createPickedFiles();
  const choose = createDialogs(pickedFiles, () => null);
  const [picked] = await choose('model-folder');
  await choose('model-folder');
  await choose('export-folder');
  expect(pickedFiles.pathOf(picked?.handle ?? '')).toBe(folder);
  expect(record.openDialogs.map(({ defaultPath }) => defaultPath)).toEqual([root, join(root, 'models'), root]);
  answers.paths = [];
  expect(await choose('dataset-files')).toEqual([]);
});

test('the runs of another library are watched after it was opened', () => {
  const heard: ((error: Error) => void)[] = [];
  const client = createClient({
    call: async () => ({}),
    subscribe: (_operation, _input, _listener, failed) => (heard.push(failed), () => {}),
  });
  const reported: Error[] = [];
  watchTraining(client, (error) => reported.push(error));
  heard[0]?.(new ContractError({ code: 'library-changed', message: 'opened', details: {} }));
  expect([heard.length, reported]).toEqual([2, []]);
  heard[1]?.(new Error('broken'));
  expect([heard.length, reported.length]).toEqual([2, 1]);
});

test('the machine stays awake while a run trains, and only then', () => {
  const { client, setRuns } = fakeTraining();
  watchTraining(client, () => {});
  const awake = [['starting'], ['running', 'paused'], ['paused'], ['running'], []].map((states) => {
    setRuns(...states);
    return record.blockers.size;
  });
  expect(awake).toEqual([1, 1, 0, 1, 0]);
});

test('before the machine sleeps runs write a checkpoint and wait; those go on when it wakes, and no other', () => {
  const { client, calls, setRuns } = fakeTraining();
  const training = watchTraining(client, () => {});
  checkpointBeforeSleep(client, training, () => {});
  setRuns('running', 'paused', 'starting');
  powerMonitor.emit('suspend');
  expect(calls).toEqual(['runs.pause', '{"runId":"run-0"}', 'runs.pause', '{"runId":"run-2"}']);
  setRuns('paused', 'paused', 'paused');
  powerMonitor.emit('resume');
  powerMonitor.emit('resume');
  expect(calls.slice(4)).toEqual(['runs.resume', '{"runId":"run-0"}', 'runs.resume', '{"runId":"run-2"}']);
});

test('a crash of the page is written down, and the page is offered again', async () => {
  watchForCrashes(shellLog());
  const contents = new FakeContents();
  app.emit('render-process-gone', {}, contents, { reason: 'clean-exit', exitCode: 0 });
  app.emit('render-process-gone', {}, contents, { reason: 'oom', exitCode: 5 });
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 11 });
  await vi.waitFor(() => expect(contents.reloads).toBe(1));
  expect(
    shellLog()
      .tail()
      .filter((line) => line.startsWith('Error')),
  ).toEqual(['Error: page: oom, exit code 5', 'Error: GPU process: crashed, exit code 11']);
});

test('the end of a run is announced', async () => {
  const { client, setRuns } = fakeTraining();
  watchTraining(client, () => {});
  setRuns('running');
  setRuns();
  await vi.waitFor(() =>
    expect(record.notifications).toEqual([{ title: 'Run 1 is done', body: 'Lanterns: step 20 of 20' }]),
  );
});

describe('quitting while a run trains', () => {
  function start(state: string) {
    const training = fakeTraining();
    const ends: string[] = [];
    const watch = watchTraining(training.client, () => {});
    askBeforeQuit({
      client: training.client,
      training: watch,
      close: async () => void ends.push('closed'),
      stay: () => ends.push('stayed'),
      report: () => ends.push('reported'),
    });
    training.setRuns(state);
    return { ...training, ends };
  }

  test('in the background: the app ends, the run is left alone', async () => {
    const { calls, ends } = start('running');
    app.quit();
    await vi.waitFor(() => expect(ends).toEqual(['closed']));
    expect(record.order).toEqual(['quit', 'asked', 'quit']);
    expect(calls).not.toContain('runs.stop');
  });

  test('stop: the run writes its checkpoint before the app ends', async () => {
    answers.messageBox = 1;
    const { calls, ends } = start('running');
    app.quit();
    await vi.waitFor(() => expect(ends).toEqual(['closed']));
    expect(calls).toContain('runs.stop');
  });

  test('cancel: nothing ends, and the window that was closed is shown again', async () => {
    answers.messageBox = 2;
    const { calls, ends } = start('running');
    app.quit();
    await vi.waitFor(() => expect(ends).toEqual(['stayed']));
    expect([record.order, calls]).toEqual([['quit', 'asked'], []]);
  });

  test('with a paused run nobody is asked', () => {
    const { ends } = start('paused');
    app.quit();
    expect([ends, record.order]).toEqual([['closed'], ['quit']]);
  });
});
