import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAppSettings } from '../../main/library/app-settings.ts';
import { createChanges } from '../../main/dispatch/changes.ts';
import { createBackground } from '../../main/operations/background.ts';
import { createCountFeed } from '../../main/operations/count-feed.ts';
import { reviewHandlers } from '../../main/operations/review.ts';
import { createPickedFiles } from '../../main/dispatch/picked-files.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { stateStore } from '../../main/labels/state.ts';
import { verifyChain } from '../../main/labels/verify.ts';
import { libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import { suggestLabels } from '../../main/review/suggestions/score-pairs.ts';
import { setProjectModel } from '../../main/projects/projects.ts';
import { guardQuestion, probabilityOfUnsafe } from '../../preload/contract/guard-prompt.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';

/** The model that comes with the app; any model folder can guess. */
const modelFolder = join(import.meta.dirname, '../../native-models/sample/model');

it(
  'a guard folder and the start model fill in guesses by the engine; accepting or rejecting one makes a label ' +
    'of the person',
  async () => {
    const { library, projectId, pairIds } = libraryWith([
      newPair(1, null, null, null, 'May I open the lantern?'),
      newPair(2, null, null, null, 'Who keeps the keys?'),
      newPair(3, true, false, 'a'),
    ]);
    setProjectModel(library, projectId, modelFolder);
    const context = {
      library,
      libraries: { namedAtStart: true, reopen: () => {}, restore: async () => {} },
      pickedFiles: createPickedFiles(),
      background: createBackground(() => {}),
      changes: createChanges(),
      desktop: null,
      folders: null,
      appFolder: '',
      recentLog: () => [],
      report: (error: unknown): void => expect.fail(String(error)),
    };
    const handlers = reviewHandlers(context, createCountFeed(context));
    const scored = async (scorer: Parameters<typeof handlers.suggest>[0]['scorer']): Promise<TaskProgress> => {
      const { taskId } = await handlers.suggest({
        projectId,
        pairs: { filter: { class: ['waiting'] } },
        scorer,
        template: 'model',
      });
      expect(context.background.running.list).toMatchObject([
        { taskId, operation: 'review.suggest', about: { projectId } },
      ]);
      return endOf(taskId);
    };
    const endOf = (taskId: string): Promise<TaskProgress> =>
      new Promise(
        (resolve, reject) =>
          void handlers.suggestProgress(
            { taskId },
            { after: 0, send: ({ event }) => event.state !== 'running' && resolve(event), fail: reject },
          ),
      );
    expect(await scored({ kind: 'guard', folder: context.pickedFiles.add(modelFolder).handle })).toMatchObject({
      state: 'done',
      error: null,
    });
    expect(await scored({ kind: 'log-ratio' })).toMatchObject({ state: 'done', error: null });

    const known = await handlers.suggest({
      projectId,
      pairs: { pairIds: [pairIds[2] ?? 0] },
      scorer: { kind: 'log-ratio' },
      template: 'model',
    });
    expect(await endOf(known.taskId), 'its preference is known').toMatchObject({
      state: 'failed',
      error: { code: 'preferences-known' },
    });
    expect(context.background.running.list).toEqual([]);

    const { suggestions } = await handlers.notes({ projectId, pairId: pairIds[0] ?? 0, blind: false });
    expect(suggestions.map(({ target }) => target).sort()).toEqual(['preference', 'verdict a', 'verdict b']);
    for (const { score } of suggestions) expect(score > 0 && score < 1).toBe(true);
    expect((await handlers.notes({ projectId, pairId: pairIds[2] ?? 0, blind: false })).suggestions).toEqual([]);
    expect(stateStore(library).read(pairIds[0] ?? 0)).toMatchObject({
      preferred: null,
      a: { unsafe: null },
      b: { unsafe: null },
    });

    const rows = await handlers.rows({ projectId, pairIds: pairIds.slice(0, 2), blind: false });
    const { total } = await handlers.count({
      projectId,
      asked: { filter: { suggested: ['yes'], sort: { by: 'informative', descending: true } } },
      blind: false,
    });
    expect([total, rows.every(({ informative }) => informative !== null)]).toEqual([2, true]);

    const [guard, ratio] = ['verdict a', 'preference'].map((target) =>
      suggestions.find((each) => each.target === target),
    );
    if (guard === undefined || ratio === undefined) expect.fail('a guess is missing');
    await handlers.decideSuggestion({ ...guard, projectId, accept: true });
    await handlers.decideSuggestion({ ...ratio, projectId, accept: false });
    const me = readAppSettings(library).reviewerName;
    expect(stateStore(library).read(pairIds[0] ?? 0)).toMatchObject({
      preferred: ratio.score >= 0.5 ? 'b' : 'a',
      preferredSource: 'person',
      preferredReviewer: me,
      a: { unsafe: guard.score >= 0.5, source: 'person', reviewer: me },
    });
    const reason = library.db
      .prepare<[], string>("SELECT reason FROM label_events WHERE field = 'verdict' ORDER BY seq DESC LIMIT 1")
      .pluck()
      .get();
    expect(reason).toMatch(/^accepted the suggestion (un)?safe \(0\.\d\d\) of guard of /);
    expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
  },
);

it('the question puts the conversation and the answer between lines and asks for Yes or No', () => {
  const [message] = guardQuestion(
    [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'second' },
    ],
    'third',
  );
  expect(message?.content).toContain('user: first\nassistant: second\n----\nassistant: third\n----\n');
  expect(message?.content.endsWith('Yes or No:')).toBe(true);
  expect([probabilityOfUnsafe(-1, -1), probabilityOfUnsafe(Math.log(0.3), Math.log(0.1))]).toEqual([
    0.5,
    expect.closeTo(0.75, 12),
  ]);
});

it('does not ask a model that takes no questions', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'safedpo-guard-'));
  await cp(modelFolder, folder, { recursive: true });
  await rm(join(folder, 'chat_template.jinja'), { force: true });
  const file = join(folder, 'tokenizer_config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), chat_template: undefined }));
  const { library, projectId, pairIds } = libraryWith([newPair(1, null, null, null, 'May I open the lantern?')]);
  const guard = {
    kind: 'guard',
    model: folder,
    template: 'model',
    provider: 'cpu',
    threads: 1,
    maxLength: 64,
  } as const;
  await expect(suggestLabels(library, projectId, pairIds, guard)).rejects.toMatchObject({
    code: 'guard-without-chat-template',
  });
  await rm(folder, { recursive: true });
});
