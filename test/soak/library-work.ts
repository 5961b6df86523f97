/**
 * Does one kind of work on a library, over and over, until it is killed. After each piece that was acknowledged it
 * writes a line of JSON: what must be found in the library from then on. A full disk refuses pieces, or lets the
 * library be read only; those are not acknowledged.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { importDataset } from '../../main/datasets/import.ts';
import { chainHead } from '../../main/labels/chain.ts';
import { editLabels } from '../../main/labels/edit.ts';
import { redoLabels, undoLabels } from '../../main/labels/undo.ts';
import { writeLabelFile } from '../../main/labels/write-label-file.ts';
import { copyLibrary } from '../../main/library/copy-library.ts';
import { openLibrary } from '../../main/library/library.ts';
import { transact } from '../../main/library/transact.ts';
import { applyBulk, previewBulk } from '../../main/review/bulk/bulk.ts';
import { emptyTrash } from '../../main/trash/trash.ts';
import { Failure } from '../../native-models/failure.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { pairLines } from './pair-lines.ts';

const [work = '', dir = '', outside = '', seedText = '0'] = process.argv.slice(2);
const seed = Number(seedText);
const random = seededRandom(seed, 0);
const library = openLibrary(dir);
const projectId = 1;
const by = { reviewer: `reviewer ${seed}`, reason: '' };
const pairIds = library.db
  .prepare<[], number>('SELECT pair_id FROM active_labels ORDER BY pair_id LIMIT 400')
  .pluck()
  .all();

// Whole lines in one write: what was acknowledged is with the parent, however this process ends.
const acknowledge = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);
const label = (): void => {
  const pairId = pairIds[random.below(pairIds.length)] ?? 0;
  editLabels(library, projectId, by, [
    { pairId, field: 'verdict', side: 'a', value: random.below(2) === 0 },
    { pairId, field: 'note', side: 'b', value: `note ${random.below(1e9)}` },
  ]);
};

const works: { readonly [name: string]: (turn: number) => Promise<void> | void } = {
  label() {
    label();
    acknowledge({ head: chainHead(library).hash });
  },
  undo(turn) {
    if (turn % 3 === 0) label();
    else (turn % 3 === 1 ? undoLabels : redoLabels)(library, projectId, by.reviewer);
    acknowledge({ head: chainHead(library).hash });
  },
  bulk(turn) {
    const change = { verdict: { side: 'a', unsafe: turn % 2 === 0 } } as const;
    const { basis } = previewBulk(library, projectId, by.reviewer, pairIds, change);
    applyBulk(library, projectId, by, pairIds, change, basis);
    acknowledge({ head: chainHead(library).hash });
  },
  async import(turn) {
    const file = join(outside, 'import.jsonl');
    writeFileSync(file, pairLines(1500, seed * 1000 + turn));
    const { datasetId, accepted } = await importDataset(library, projectId, file, {});
    acknowledge({ dataset: datasetId, accepted });
  },
  async copy(turn) {
    const target = join(outside, `copy-${seed}-${turn}`);
    const finish = await copyLibrary(library, target, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    finish();
    acknowledge({ copy: target, head: chainHead(library).hash });
  },
  async trash(turn) {
    const id = `run-${seed}-${turn}`;
    const folder = join(dir, 'runs', id);
    transact(library, () =>
      library.db
        .prepare(
          `INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, labels_head,
            state, created_at, trashed_at)
      VALUES (?, 1, ?, '/models/tiny', 'safedpo', '{}', '', '', 'done',
            '2026-11-25T10:00:00.000Z', '2026-11-25T10:00:00.000Z')`,
        )
        .run(id, `runs/${id}`),
    );
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < 40; file += 1) writeFileSync(join(folder, `file-${file}`), 'x'.repeat(1000));
    await emptyTrash(library);
    acknowledge({ gone: id });
  },
  async save() {
    await writeLabelFile(library, projectId, { file: join(outside, 'labels.jsonl'), format: 'jsonl', replace: false });
    acknowledge({ saved: chainHead(library).hash });
  },
};

const piece = works[work];
if (piece === undefined) throw new RangeError(`no work is called ${work}`);
acknowledge({ ready: true });
for (let turn = 0; ; turn += 1) {
  try {
    await piece(turn);
  } catch (error) {
    const full =
      library.readOnly !== null ||
      (error instanceof Failure && error.kind === 'capacity') ||
      (error instanceof Error && 'code' in error && error.code === 'ENOSPC');
    if (!full) throw error;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
