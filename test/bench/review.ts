/**
 * `npm run bench:review`: reading the columns, every kind of filter, sort and search, and labels, over 300,000 pairs
 * made by a seed from real PKU-SafeRLHF rows; p95 beside its aim. `node test/bench/review.ts FOLDER [PAIRS]` keeps the
 * library in FOLDER for the next time.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editLabels } from '../../main/labels/edit.ts';
import { stateStore } from '../../main/labels/state.ts';
import type { Library } from '../../main/library/library.ts';
import { filterPairs } from '../../main/review/index/filter-pairs.ts';
import { parseQuery } from '../../main/review/index/query-language.ts';
import { hasData } from '../integration/real-data.ts';
import { type Figure, machineLoad, percentile, printFigures, type Time, timed } from './figures.ts';
import { reviewLibrary } from './review-library.ts';
import { queryKinds } from './review-queries.ts';

const rounds = 10;
const labels = 500;
const aims = { filter: 100, verdict: 15 };
/** What a label adds to the write-ahead log. */
const flushedBytes = 48 * 1024;

const [given, pairs = '300000'] = process.argv.slice(2);
if (!hasData) process.exit(0);
const folder = given ?? mkdtempSync(join(tmpdir(), 'safedpo-review-'));
try {
  const { library, projectId } = reviewLibrary(folder, Number(pairs));
  console.log(`${pairs} pairs, milliseconds, ${machineLoad()}`);
  const reading = timed(() => filterPairs(library, projectId, {}));
  const kinds = queryKinds(library).map(({ name, queries, once }): Figure => {
    const times = Array.from({ length: once ? 1 : rounds }, () =>
      queries.map((query) => timed(() => filterPairs(library, projectId, parseQuery(query)))),
    );
    return { name, times: times.flat(), aim: aims.filter };
  });
  const all = { name: 'all of these', times: kinds.flatMap(({ times }) => times), aim: aims.filter };
  printFigures([
    { name: 'columns read at once', times: [reading] },
    ...kinds,
    all,
    ...labelling(library, projectId, folder),
  ]);
  const p95 = ({ times }: Figure): number =>
    percentile(
      times.map(({ milliseconds }) => milliseconds),
      0.95,
    );
  const slowest = kinds.reduce((left, right) => (p95(left) < p95(right) ? right : left));
  console.log(
    `Slowest kind: ${slowest.name}. Memory ${Math.round(process.memoryUsage().rss / 1e6)} MB. At the end: ` +
      `${machineLoad()}`,
  );
  library.close();
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

/** Verdicts one after the other, each followed by what the page asks for next; and what the disk takes without us. */
function labelling(library: Library, projectId: number, dir: string): readonly Figure[] {
  const { ids } = filterPairs(library, projectId, { class: ['waiting'] });
  const states = stateStore(library);
  const path = join(dir, 'flush.tmp');
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(flushedBytes, 1);
  const stored: Time[] = [];
  const counted: Time[] = [];
  const sorted: Time[] = [];
  const flushed: Time[] = [];
  for (let turn = 0; turn < labels; turn += 1) {
    const pairId = ids[turn] ?? 1;
    const value = states.read(pairId)?.a.unsafe !== true;
    stored.push(
      timed(() =>
        editLabels(library, projectId, { reviewer: 'bench', reason: '' }, [
          { pairId, field: 'verdict', side: 'a', value },
        ]),
      ),
    );
    flushed.push(
      timed(() => {
        writeSync(file, bytes);
        fdatasyncSync(file);
      }),
    );
    if (turn % 10 !== 0) continue;
    counted.push(timed(() => filterPairs(library, projectId, { class: ['waiting'] })));
    sorted.push(timed(() => filterPairs(library, projectId, { sort: { by: 'changed', descending: true } })));
  }
  closeSync(file);
  rmSync(path);
  return [
    { name: 'filter and counts after a label', times: counted, aim: aims.filter },
    { name: 'sort by change after a label', times: sorted, aim: aims.filter },
    { name: 'verdict durably stored', times: stored, aim: aims.verdict },
    { name: 'the same bytes written and flushed', times: flushed },
  ];
}
