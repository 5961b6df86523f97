import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createChanges } from '../../main/dispatch/changes.ts';
import { createBackground } from '../../main/operations/background.ts';
import { createCountFeed } from '../../main/operations/count-feed.ts';
import { labelsHandlers } from '../../main/operations/labels.ts';
import { reviewHandlers } from '../../main/operations/review.ts';
import { createPickedFiles } from '../../main/dispatch/picked-files.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { verifyChain } from '../../main/labels/verify.ts';
import { libraryWith, newPair, temporaryFolder } from '../../main/datasets/store/library.fixture.ts';
import { setSplit } from '../../main/projects/split.ts';
import { freezeSnapshot } from '../../main/runs/snapshot.ts';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import { safedpo } from './cli-harness.ts';
import type { BulkChange } from '../../preload/contract/operations/review.ts';
import type { LabelChange } from '../../preload/contract/operations/labels.ts';

/** What the review page says of each pair against what the command line and a run's snapshot make of it. */

const verdicts = [true, false, null] as const;
const preferences = ['a', 'b', 'tie', null] as const;
const everyCase = verdicts
  .flatMap((a) => verdicts.flatMap((b) => preferences.map((preferred) => ({ a, b, preferred }))))
  .map(({ a, b, preferred }, index) => newPair(index + 1, a, b, preferred));

const verdict = fc.constantFrom(...verdicts);
const change: fc.Arbitrary<LabelChange> = fc.record(
  {
    unsafe: fc.record({ a: verdict, b: verdict }, { requiredKeys: [] }),
    preferred: fc.constantFrom(...preferences),
    flagged: fc.boolean(),
  },
  { requiredKeys: [] },
);
const bulk: fc.Arbitrary<BulkChange> = fc.record(
  {
    verdict: fc.record({ side: fc.constantFrom('a' as const, 'b' as const, 'both' as const), unsafe: verdict }),
    preferred: fc.constantFrom(...preferences),
  },
  { requiredKeys: [] },
);

function opened() {
  const { library, projectId, pairIds } = libraryWith(everyCase);
  setSplit(library, projectId, { heldOutShare: 0.2, seed: 1 });
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
    pairIds,
    review: reviewHandlers(context, countFeed),
    labels: labelsHandlers(context, countFeed),
  };
}

/** What is trained: prompt, chosen and rejected of every line of a snapshot, training and held out. */
function frozen(page: ReturnType<typeof opened>): string[] {
  const folder = join(temporaryFolder(), 'run');
  const { heldOutPairs, counts } = freezeSnapshot(
    page.library,
    page.projectId,
    'safedpo',
    { limit: null, seed: 1 },
    folder,
  );
  expect(page.review.counts({ projectId: page.projectId })).toMatchObject(counts);
  return (heldOutPairs === 0 ? ['pairs'] : ['pairs', 'heldout'])
    .flatMap((name) =>
      readFileSync(join(folder, `${name}.jsonl`), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    .map((line): { chosen: string; rejected: string } => JSON.parse(line))
    .map(({ chosen, rejected }) => `${chosen} > ${rejected}`)
    .sort();
}

/** What the page says of every pair; its list, its counts and its filters must all say the same. */
async function shown(page: ReturnType<typeof opened>): Promise<string[]> {
  const { projectId, pairIds, review } = page;
  const rows = await review.rows({ projectId, pairIds, blind: false });
  const trained: string[] = [];
  let trainedHeldOut = 0;
  for (const [index, pairId] of pairIds.entries()) {
    const { pair, class: shownClass } = await review.pair({ projectId, pairId, blind: false });
    const said = transformPair({
      preferred: pair.preferred,
      safer: null,
      unsafe: { a: pair.labels.a.unsafe, b: pair.labels.b.unsafe },
    });
    expect([said.class, rows[index]?.class]).toEqual([shownClass, shownClass]);
    if (said.chosen !== null && rows[index]?.heldOut === true) trainedHeldOut++;
    if (said.chosen !== null)
      trained.push(`${pair.responses[said.chosen]} > ${pair.responses[said.chosen === 'a' ? 'b' : 'a']}`);
  }
  const { heldOut, ...counts } = await review.counts({ projectId });
  const { facets } = await review.filter({ projectId, filter: {}, blind: false });
  expect({
    keptSafeSafe: 0,
    keptSafeUnsafe: 0,
    swapped: 0,
    dropped: 0,
    waiting: 0,
    total: pairIds.length,
    ...facets.class,
  }).toEqual(counts);
  expect(heldOut).toBe(trainedHeldOut);
  return trained.sort();
}

it('the page, `safedpo pairs` and a snapshot agree after any labelling, undo or bulk change', async () => {
  const page = opened();
  const { projectId, pairIds, review, labels } = page;
  const act = fc.oneof(
    fc.record({
      kind: fc.constant('label' as const),
      pairIds: fc.subarray(pairIds, { minLength: 1, maxLength: 3 }),
      change,
    }),
    fc.record({ kind: fc.constant('bulk' as const), pairIds: fc.subarray(pairIds, { minLength: 1 }), change: bulk }),
    fc.record({ kind: fc.constant('history' as const), step: fc.constantFrom('undo' as const, 'redo' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 6 }), async (acts) => {
      for (const each of acts) {
        if (each.kind === 'label')
          await labels.label({ projectId, pairIds: each.pairIds, change: each.change, why: '', blind: false });
        else if (each.kind === 'history') await labels[each.step]({ projectId, blind: false });
        else {
          const selection = { projectId, pairs: { pairIds: each.pairIds }, change: each.change };
          const preview = await review.bulkPreview(selection);
          const { events, pairIds: changed } = await review.bulk({ ...selection, why: '', basis: preview.basis });
          expect({ events, changed: changed.length }).toEqual({
            events: preview.events,
            changed: preview.changedPairs,
          });
        }
      }
      const trained = await shown(page);
      const { keptSafeUnsafe, swapped } = await review.counts({ projectId });
      // Without one pair of a safe and an unsafe answer a snapshot is refused.
      if (keptSafeUnsafe + swapped > 8) expect(frozen(page)).toEqual(trained);
    }),
    { numRuns: 15 },
  );
  expect([verifyChain(page.library).broken, replayLabels(page.library, projectId)]).toEqual([null, []]);
  const { document } = await safedpo(page.library.dir, 'pairs', '--project', 'test', '--json');
  const { heldOut: _, ...classes } = await review.counts({ projectId });
  expect(document()).toMatchObject({ pairs: classes });
});
