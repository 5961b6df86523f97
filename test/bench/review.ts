/**
 * `npm run bench:review`: filters, searches, labels and next-pair fetches over 300,000 pairs made by a seed from real
 * PKU-SafeRLHF rows. `node test/bench/review.ts FOLDER [PAIRS]` keeps the library in FOLDER for the next time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editLabels } from '../../main/labels/edit.ts';
import { stateStore } from '../../main/labels/state.ts';
import { filterPairs } from '../../main/review/filter-pairs.ts';
import { parseQuery } from '../../main/review/query-language.ts';
import { reviewRows } from '../../main/review/rows.ts';
import { hasData } from '../integration/real-data.ts';
import { reviewLibrary } from './review-library.ts';

const queries = [
  '', 'class:waiting', 'class:swapped category:Violence', 'class:keptSafeUnsafe,swapped -category:Drugs severity:2,3', 'verdict:unsafe source:imported split:train',
  'length:500..2000 sort:length-', 'flagged:yes', 'sort:changed-', 'money', '"how can I"', 'explos*', 'class:waiting "personal information" -money', 'the', 'i*',
];

/** Each is searched once, so nothing is kept from before. */
const newTerms = ['bank', 'steal*', '"without getting caught"', 'neighbor', 'drug*', 'it', '"as an AI"', 'weapon', 'a', 'person*'];

const [given, pairs = '300000'] = process.argv.slice(2);
if (!hasData) process.exit(0);
const folder = given ?? mkdtempSync(join(tmpdir(), 'safedpo-review-'));
try {
  const { library, projectId } = reviewLibrary(folder, Number(pairs));
  const open = timed(() => filterPairs(library, projectId, {}));
  const first = queries.map((query) => ({ query, found: filterPairs(library, projectId, parseQuery(query)).ids.length, ms: timed(() => filterPairs(library, projectId, parseQuery(query))) }));
  const cold = newTerms.map((query) => ({ query, ms: timed(() => filterPairs(library, projectId, parseQuery(query))) }));
  const again = Array.from({ length: 10 }, () => queries.map((query) => timed(() => filterPairs(library, projectId, parseQuery(query))))).flat();
  const processor = queries.map((query) => {
    const { user, system } = process.cpuUsage();
    filterPairs(library, projectId, parseQuery(query));
    const used = process.cpuUsage({ user, system });
    return (used.user + used.system) / 1000;
  });
  const { ids } = filterPairs(library, projectId, { class: ['waiting'] });
  const states = stateStore(library);
  const labels: number[] = [];
  const nexts: number[] = [];
  for (let turn = 0; turn < 500; turn += 1) {
    const pairId = ids[turn] ?? 1;
    const value = states.read(pairId)?.a.unsafe !== true;
    labels.push(timed(() => editLabels(library, projectId, { reviewer: 'bench', reason: '' }, [{ pairId, field: 'verdict', side: 'a', value }])));
    nexts.push(timed(() => reviewRows(library, projectId, [ids[turn + 1] ?? 1])));
  }
  const afterLabel = Array.from({ length: 50 }, (_, turn) => {
    editLabels(library, projectId, { reviewer: 'bench', reason: '' }, [{ pairId: ids[turn] ?? 1, field: 'flag', value: true }]);
    return timed(() => filterPairs(library, projectId, { class: ['waiting'] }));
  });
  console.table(first.map(({ query, found, ms }) => ({ query, found, ms: Number(ms.toFixed(1)) })));
  console.table(cold.map(({ query, ms }) => ({ 'first search': query, ms: Number(ms.toFixed(1)) })));
  console.table({ 'columns read': { p50: open, p95: open }, filter: percentiles(again), 'filter, processor time': percentiles(processor), 'filter after a label': percentiles(afterLabel), 'verdict durably stored': percentiles(labels), 'row of the next pair': percentiles(nexts) });
  console.log(`memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  library.close();
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** Milliseconds. */
function percentiles(milliseconds: readonly number[]): { p50: number; p95: number } {
  const sorted = milliseconds.toSorted((left, right) => left - right);
  const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return { p50: at(0.5), p95: at(0.95) };
}
