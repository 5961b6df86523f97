import { expect, it, vi } from 'vitest';
import type { ReviewFilter } from '../../preload/contract/review-filter.ts';
import { readAppSettings } from '../../main/library/app-settings.ts';
import { createChanges } from '../../main/dispatch/changes.ts';
import { createBackground } from '../../main/operations/background.ts';
import { createCountFeed } from '../../main/operations/count-feed.ts';
import { labelsHandlers } from '../../main/operations/labels.ts';
import { reviewHandlers } from '../../main/operations/review.ts';
import { createPickedFiles } from '../../main/dispatch/picked-files.ts';
import { listDatasets, restoreDataset, trashDataset } from '../../main/datasets/store/datasets.ts';
import { editLabels } from '../../main/labels/edit.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { verifyChain } from '../../main/labels/verify.ts';
import { storeSuggestions } from '../../main/review/suggestions/suggestion-store.ts';
import { importPairs, libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import type { TransformCounts } from '../../preload/contract/transform-pair.ts';
import type { LintProgress } from '../../preload/contract/operations/review.ts';

function opened() {
  const { library, projectId } = libraryWith([
    newPair(1, true, false, 'a'),
    { ...newPair(2, false, false, 'b'), responses: { a: '...', b: 'fine.' } },
  ]);
  const report = (error: unknown): void => expect.fail(String(error));
  const context = {
    library,
    libraries: { namedAtStart: true, reopen: () => {}, restore: async () => {} },
    pickedFiles: createPickedFiles(),
    background: createBackground(() => {}),
    changes: createChanges(),
    desktop: null,
    folders: null,
    appFolder: '',
    report,
    recentLog: () => [],
  };
  const countFeed = createCountFeed(context);
  return {
    library,
    projectId,
    labels: labelsHandlers(context, countFeed),
    review: reviewHandlers(context, countFeed),
    countFeed,
  };
}

it('gives ids as 32-bit integers, and rows for them', async () => {
  const { projectId, review } = opened();
  const { total, ids } = await review.filter({
    projectId,
    blind: false,
    filter: { sort: { by: 'id', descending: true } },
  });
  const bytes = Buffer.from(ids, 'base64');
  expect([total, bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.length]).toEqual([2, 2, 1, 8]);
  expect(await review.rows({ projectId, pairIds: [2, 1], blind: false })).toMatchObject([
    { id: 2, class: 'keptSafeSafe' },
    { id: 1, class: 'swapped', unsafe: { a: true, b: false } },
  ]);
});

it('gives all that a list is painted from in one answer, from a typed query or a filter', async () => {
  const { projectId, review } = opened();
  const sort = { by: 'id' as const, descending: true };
  const found = await review.find({
    projectId,
    blind: false,
    asked: { query: 'class:swapped,keptSafeSafe  sort:id-' },
  });
  expect(found).toMatchObject({
    query: 'class:swapped,keptSafeSafe  sort:id-',
    filter: { class: ['swapped', 'keptSafeSafe'], sort },
    total: 2,
    rows: [{ id: 2 }, { id: 1 }],
    first: { pair: { id: 2 } },
  });
  expect(await review.find({ projectId, blind: false, asked: { filter: found.filter } })).toEqual({
    ...found,
    query: 'class:swapped,keptSafeSafe sort:id-',
  });
  expect(await review.find({ projectId, blind: true, asked: { query: '' } })).toMatchObject({
    total: 2,
    rows: [{ class: 'waiting' }, { class: 'waiting' }],
    first: { class: 'waiting' },
  });
  expect(await review.find({ projectId, blind: false, asked: { query: 'class:dropped' } })).toMatchObject({
    total: 0,
    ids: '',
    rows: [],
    first: null,
  });
  await expect(review.find({ projectId, blind: false, asked: { query: 'clas:dropped' } })).rejects.toMatchObject({
    code: 'query-invalid',
  });
});

it('changes all pairs that pass a filter, as previewed', async () => {
  const { projectId, review } = opened();
  const change = {
    pairs: { filter: { class: ['swapped' as const] } },
    change: { verdict: { side: 'both' as const, unsafe: true } },
  };
  const { basis, ...preview } = await review.bulkPreview({ projectId, ...change });
  expect(preview).toMatchObject({ pairs: 1, before: { swapped: 1 }, after: { swapped: 0, dropped: 1 } });
  expect(await review.bulk({ projectId, ...change, why: '', basis })).toMatchObject({ pairIds: [1], events: 2 });
});

it(
  'makes a bulk change as previewed or not at all: where labels or the pairs chosen changed since, it says ' +
    'who changed how many',
  async () => {
    const { library, projectId, labels, review } = opened();
    const head = async () => (await labels.verify({ writtenDownHead: null })).headHash;
    const flag = { projectId, pairs: { filter: {} }, change: { flagged: true } };
    const { basis } = await review.bulkPreview(flag);
    editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
      { pairId: 2, field: 'verdict', side: 'a', value: true },
    ]);
    editLabels(library, projectId, { reviewer: 'Ben', reason: '' }, [
      { pairId: 2, field: 'verdict', side: 'b', value: true },
    ]);
    const before = await head();
    const refused = expect.objectContaining({
      code: 'bulk-not-as-previewed',
      details: { changedPairs: 1, reviewers: ['Ann', 'Ben'] },
    });
    expect(() => review.bulk({ ...flag, why: '', basis })).toThrowError(refused);
    expect(await head()).toBe(before);
    expect(await review.bulk({ ...flag, why: '', basis: (await review.bulkPreview(flag)).basis })).toMatchObject({
      pairIds: [1, 2],
      events: 2,
    });

    const dropped = { ...flag, pairs: { filter: { class: ['dropped' as const] } }, change: { flagged: false } };
    const preview = await review.bulkPreview(dropped);
    importPairs(library, projectId, [newPair(3, true, true, 'a')]);
    expect(() => review.bulk({ ...dropped, why: '', basis: preview.basis })).toThrowError(
      expect.objectContaining({ code: 'bulk-not-as-previewed', details: { changedPairs: 0, reviewers: [] } }),
    );

    // What does not touch the change does not stop it.
    const again = await review.bulkPreview(dropped);
    editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
      { pairId: 1, field: 'note', side: 'a', value: 'seen' },
    ]);
    expect(await review.bulk({ ...dropped, why: '', basis: again.basis })).toMatchObject({ pairIds: [2] });
  },
);

it('tells every page the counts after a bulk change, a settled conflict and a decided suggestion', async () => {
  const { library, projectId, countFeed, review } = opened();
  const told: TransformCounts[] = [];
  const stop = countFeed.follow(projectId, {
    after: 0,
    send: ({ event }) => told.push(event),
    fail: (error) => expect.fail(String(error)),
  });
  await vi.waitFor(() => expect(told).toHaveLength(1));
  const bulk = { projectId, pairs: { pairIds: [1] }, change: { verdict: { side: 'both' as const, unsafe: true } } };
  await review.bulk({ ...bulk, why: '', basis: (await review.bulkPreview(bulk)).basis });
  await review.adjudicate({ projectId, pairId: 1, target: 'verdict b', value: 'safe', why: '' });
  storeSuggestions(library, projectId, [{ pairId: 2, scorer: 'a guard', target: 'verdict a', score: 0.9 }]);
  await review.decideSuggestion({ projectId, pairId: 2, scorer: 'a guard', target: 'verdict a', accept: true });
  stop();
  expect(told).toMatchObject([
    { swapped: 1, keptSafeSafe: 1 },
    { dropped: 1 },
    { swapped: 1, dropped: 0 },
    { swapped: 1, keptSafeUnsafe: 1, keptSafeSafe: 0 },
  ]);
});

it('shows a blind reviewer only their own opinions', async () => {
  const { library, projectId, review } = opened();
  const me = readAppSettings(library).reviewerName;
  editLabels(library, projectId, { reviewer: 'Somebody else', reason: '' }, [
    { pairId: 1, field: 'verdict', side: 'b', value: true },
  ]);
  editLabels(library, projectId, { reviewer: me, reason: '' }, [
    { pairId: 1, field: 'verdict', side: 'a', value: false },
  ]);
  expect(await review.rows({ projectId, pairIds: [1, 2], blind: true })).toMatchObject([
    { class: 'waiting', unsafe: { a: false, b: null }, preferred: null },
    { class: 'waiting', unsafe: { a: null, b: null }, preferred: null },
  ]);
});

it('filters and counts for a blind reviewer by what they said themselves', async () => {
  const { library, projectId, review } = opened();
  const me = readAppSettings(library).reviewerName;
  const seen = (filter: ReviewFilter) => review.count({ projectId, asked: { filter }, blind: true });
  expect(await seen({})).toMatchObject({
    total: 2,
    facets: { class: { waiting: 2 }, verdict: { unknown: 2 }, reviewer: {}, source: { none: 2 }, split: { train: 2 } },
  });
  editLabels(library, projectId, { reviewer: 'Somebody else', reason: '' }, [
    { pairId: 2, field: 'verdict', side: 'a', value: true },
    { pairId: 2, field: 'flag', value: true },
    { pairId: 2, field: 'categories', side: 'a', value: ['Drugs'] },
  ]);
  editLabels(library, projectId, { reviewer: me, reason: '' }, [
    { pairId: 1, field: 'verdict', side: 'a', value: false },
    { pairId: 1, field: 'verdict', side: 'b', value: true },
    { pairId: 1, field: 'preference', value: 'b' },
  ]);
  expect(await seen({})).toMatchObject({
    facets: {
      class: { waiting: 1, swapped: 1 },
      reviewer: { [me]: 1 },
      category: {},
      flagged: { no: 2 },
      disagreement: { no: 2 },
    },
  });
  expect(await seen({ class: ['swapped'] })).toMatchObject({ total: 1 });
});

it('takes no change of a pair from a person who has not seen what another window said of it', async () => {
  const { projectId, labels, review } = opened();
  const label = (version: number, a: boolean) =>
    labels.label({ projectId, pairIds: [1], version, change: { unsafe: { a } }, why: '', blind: false });
  const { version: seen } = await review.pair({ projectId, pairId: 1, blind: false });
  await label(seen, true);
  expect(() => label(seen, false)).toThrow(expect.objectContaining({ code: 'label-changed-meanwhile' }));
  const now = await review.pair({ projectId, pairId: 1, blind: false });
  expect([now.pair.labels.a.unsafe, now.version > seen]).toEqual([true, true]);
  await label(now.version, false);
  await labels.undo({ projectId, blind: false });
  expect((await review.pair({ projectId, pairId: 1, blind: false })).pair.labels.a.unsafe).toBe(true);
});

it(
  'sends a blind reviewer nothing that others said, on whatever way: rows, notes, the pair, its history, or ' +
    'what an edit came to',
  async () => {
    const { library, projectId, labels, review } = opened();
    const me = readAppSettings(library).reviewerName;
    const other = 'Somebody else';
    editLabels(library, projectId, { reviewer: other, reason: 'said in private' }, [
      { pairId: 1, field: 'verdict', side: 'a', value: true },
      { pairId: 1, field: 'preference', value: 'tie' },
      { pairId: 1, field: 'categories', side: 'a', value: ['Drugs'] },
      { pairId: 1, field: 'severity', side: 'a', value: 3 },
      { pairId: 1, field: 'note', side: 'a', value: 'said in private' },
      { pairId: 1, field: 'flag', value: true },
    ]);
    storeSuggestions(library, projectId, [{ pairId: 1, scorer: 'a guard', target: 'verdict a', score: 0.93 }]);
    const blind = { projectId, blind: true };
    const change = {
      unsafe: { a: false },
      preferred: 'a' as const,
      categories: { side: 'a' as const, values: ['Theft'] },
      note: { side: 'a' as const, text: 'mine' },
    };
    const labelled = await labels.label({ ...blind, pairIds: [1], change, why: 'seen by me' });
    const notes = await review.notes({ ...blind, pairId: 1 });
    const rows = await review.rows({ ...blind, pairIds: [1] });
    const pair = await review.pair({ ...blind, pairId: 1 });
    const undone = await labels.undo(blind);
    const after = await review.pair({ ...blind, pairId: 1 });
    const redone = await labels.redo(blind);

    expect(labelled.pairs).toMatchObject([
      { unsafe: { a: false, b: null }, preferred: 'a', class: 'waiting', flagged: false },
    ]);
    expect(notes).toMatchObject({
      opinions: [
        { reviewer: me, value: 'safe' },
        { reviewer: me, value: 'a' },
      ],
      conflicts: [],
      findings: [],
      suggestions: [],
    });
    expect(pair.history.map(({ field, old }) => [field, old])).toEqual([
      ['note', ''],
      ['categories', []],
      ['preference', { preferred: null, source: null, reviewer: null }],
      ['verdict', { unsafe: null, source: null, reviewer: null }],
    ]);
    expect(undone.pairs).toMatchObject([
      { unsafe: { a: null, b: null }, preferred: null, class: 'waiting', flagged: false },
    ]);
    expect(after.pair).toMatchObject({
      preferred: null,
      labels: { a: { unsafe: null, categories: [], severity: null, note: '' } },
    });
    expect(JSON.stringify([labelled.pairs, notes, rows, pair, undone.pairs, after, redone.pairs])).not.toMatch(
      /Somebody else|in private|Drugs|tie|0\.93|a guard/,
    );
    const open = JSON.stringify([
      await review.notes({ projectId, pairId: 1, blind: false }),
      await review.pair({ projectId, pairId: 1, blind: false }),
    ]);
    for (const hidden of [other, 'in private', 'Drugs', 'tie', '0.93', 'a guard']) expect(open).toContain(hidden);
  },
);

it('logs every label of a blind reviewer, even one that repeats another, so that agreement counts it', async () => {
  const { library, projectId, labels, review } = opened();
  const me = readAppSettings(library).reviewerName;
  const said = { unsafe: { a: true, b: false }, preferred: 'b' as const };
  const judged = [
    { categories: { side: 'a' as const, values: ['Drugs'] } },
    { severity: { side: 'a' as const, value: 2 as const } },
    { flagged: true },
  ];
  for (const pairId of [1, 2])
    editLabels(library, projectId, { reviewer: 'Grace', reason: '' }, [
      { pairId, field: 'verdict', side: 'a', value: true },
      { pairId, field: 'verdict', side: 'b', value: pairId === 2 },
      { pairId, field: 'preference', value: 'b' },
      { pairId, field: 'categories', side: 'a', value: ['Drugs'] },
      { pairId, field: 'severity', side: 'a', value: 2 },
      { pairId, field: 'flag', value: true },
    ]);
  const act = { projectId, pairIds: [1, 2], why: '', blind: true };
  for (const change of [said, ...judged]) await labels.label({ ...act, change });
  for (const change of [said, ...judged])
    expect(await labels.label({ ...act, change }), 'said before').toMatchObject({ changed: 0, group: null });

  const { history } = await review.pair({ projectId, pairId: 1, blind: false });
  const fieldsOf = (reviewer: string): string[] =>
    history
      .filter((event) => event.reviewer === reviewer)
      .map(({ side, field }) => `${side ?? ''} ${field}`)
      .sort();
  expect(fieldsOf(me)).toEqual(fieldsOf('Grace'));
  expect((await review.pair({ projectId, pairId: 1, blind: true })).pair.labels.a).toMatchObject({
    unsafe: true,
    categories: ['Drugs'],
    severity: 2,
  });
  // Four responses; the two differ on one, response B of pair 2. Of the two that have the category they differ on none.
  expect(await review.agreement({ projectId })).toMatchObject({
    responses: 4,
    pairwise: [{ responses: 4, percent: { value: 0.75 }, kappa: { value: 0.5 } }],
    categories: [{ category: 'Drugs', responses: 2, pairwise: [{ percent: { value: 1 } }] }],
  });

  const undone = await labels.undo({ projectId, blind: true });
  expect(undone).toMatchObject({ changed: 2 });
  await labels.undo({ projectId, blind: true });
  expect((await review.pair({ projectId, pairId: 1, blind: true })).pair.labels.a).toMatchObject({
    unsafe: true,
    categories: ['Drugs'],
    severity: null,
  });
  expect((await review.pair({ projectId, pairId: 1, blind: false })).pair.labels.a, 'Grace said so too').toMatchObject({
    severity: 2,
  });
  expect([verifyChain(library).broken, replayLabels(library, projectId)]).toEqual([null, []]);
});

it('lints in the background and says what it found', async () => {
  const { projectId, review } = opened();
  const { taskId } = await review.lint({ projectId });
  const last = await new Promise<LintProgress>((resolve, reject) => {
    review.lintProgress(
      { taskId },
      { after: 0, send: ({ event }) => event.state !== 'running' && resolve(event), fail: reject },
    );
  });
  expect(last).toMatchObject({ state: 'done', report: { pairs: 2, pairsByKind: { 'empty-response': 1 } } });
  expect(await review.lintReport({ projectId })).toEqual(last.report);
  expect(await review.notes({ projectId, pairId: 2, blind: false })).toMatchObject({
    findings: [{ kind: 'empty-response', side: 'a' }],
  });
});

it('hands out the labels and the head that proves them', async () => {
  const { library, projectId, labels } = opened();
  const { headHash, broken } = await labels.verify({ writtenDownHead: null });
  expect(broken).toBeNull();
  expect((await labels.export({ projectId, format: 'jsonl' })).text.split('\n')).toHaveLength(4);
  editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [{ pairId: 1, field: 'flag', value: true }]);
  expect(await labels.verify({ writtenDownHead: headHash })).toMatchObject({ broken: null });
  expect((await labels.verify({ writtenDownHead: 'f'.repeat(64) })).broken).toContain('head hash');
});

it('takes back a label of a pair whose dataset is in the trash, and shows no row of it', async () => {
  const { library, projectId, labels } = opened();
  const change = { unsafe: { a: true } };
  await labels.label({ projectId, pairIds: [1], change, why: '', blind: false });
  const datasetId = listDatasets(library, projectId)[0]?.id ?? 0;
  trashDataset(library, datasetId);
  expect(await labels.undo({ projectId, blind: false })).toMatchObject({ changed: 1, pairs: [] });
  restoreDataset(library, datasetId);
  expect(await labels.redo({ projectId, blind: false })).toMatchObject({ changed: 1, pairs: [{ id: 1 }] });
});
