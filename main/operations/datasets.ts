import { basename } from 'node:path';
import { doesNotFit } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { ImportProgress } from '../../preload/contract/operations/datasets.ts';
import { importDataset } from '../datasets/import.ts';
import { clashingRowsCsv, rejectedRowsCsv } from '../datasets/left-out-csv.ts';
import { askReader } from '../foreign/ask.ts';
import { previewFileQuestion } from '../datasets/questions.ts';
import { clashingRows } from '../datasets/store/clashes.ts';
import {
  getDataset,
  listDatasets,
  rejectedRows,
  restoreDataset,
  setDatasetWeight,
  trashDataset,
} from '../datasets/store/datasets.ts';
import { setSplit } from '../projects/split.ts';
import { boundedText } from './bounded-text.ts';
import { splitCounts } from '../review/index/class-counts.ts';
import type { HandlerContext } from './context.ts';
import { createTasks, starting } from './tasks.ts';

export function datasetsHandlers({
  library,
  pickedFiles,
  background,
  changes,
  report,
}: HandlerContext): Handlers['datasets'] {
  const imports = createTasks<ImportProgress>('datasets.import', { library, background, changes, report });
  return {
    list: ({ projectId }) => listDatasets(library, projectId).filter(({ trashedAt }) => trashedAt === null),
    preview({ file, ...choice }) {
      const path = pickedFiles.pathOf(file);
      return askReader(previewFileQuestion, { file: path, choice }, { subject: path });
    },
    import({ projectId, file, ...choice }) {
      const path = pickedFiles.pathOf(file);
      const name = basename(path);
      const taskId = imports.start({ projectId, name }, firstProgress(name), async ({ signal, progress }) => {
        const { datasetId, accepted, rejected, duplicates } = await importDataset(library, projectId, path, {
          ...choice,
          signal,
          onProgress: (read) =>
            progress({ ...read, fraction: read.bytesTotal === 0 ? null : read.bytesRead / read.bytesTotal }),
        });
        await pickedFiles.discardUpload(file);
        return { datasetId, accepted, rejected, duplicates };
      });
      return { taskId };
    },
    importProgress: ({ taskId }, sink) => imports.follow(taskId, sink),
    rejectedRows({ datasetId, after, limit }) {
      const page = rejectedRows(library, datasetId, after, limit);
      const rows = page.map(({ row, field, code, message, excerpt }) => ({ row, field, code, message, raw: excerpt }));
      return { rows, next: page.length < limit ? null : (page.at(-1)?.id ?? null) };
    },
    clashingRows({ datasetId, after, limit }) {
      const page = clashingRows(library, datasetId, after, limit);
      const rows = page.map(({ row, pairId, prompt, said, kept }) => ({ row, pairId, prompt, said, kept }));
      return { rows, next: page.length < limit ? null : (page.at(-1)?.id ?? null) };
    },
    rejectedCsv({ datasetId }) {
      const { name } = getDataset(library, datasetId);
      return {
        fileName: `${name}.left-out.csv`,
        mediaType: 'text/csv',
        text: leftOut(rejectedRowsCsv(library, datasetId)),
      };
    },
    clashingCsv({ datasetId }) {
      const { name } = getDataset(library, datasetId);
      return {
        fileName: `${name}.clashing.csv`,
        mediaType: 'text/csv',
        text: leftOut(clashingRowsCsv(library, datasetId)),
      };
    },
    setWeight: ({ datasetId, weight }) => setDatasetWeight(library, datasetId, weight),
    trash: ({ datasetId }) => trashDataset(library, datasetId),
    restore: ({ datasetId }) => restoreDataset(library, datasetId),
    split: ({ projectId }) => splitCounts(library, projectId),
    setSplit: ({ projectId, heldOutShare, seed }) => setSplit(library, projectId, { heldOutShare, seed }),
  };
}

/** Throws `left-out-rows-too-large`. */
function leftOut(pieces: Iterable<string>): string {
  return boundedText(pieces, (megabytes) =>
    doesNotFit(
      'left-out-rows-too-large',
      `The rows left out make more than ${megabytes} MB, too much for one page. Fix what the first ones ` +
        'name, since one cause often leaves them all out, and import again.',
      { megabytes },
    ),
  );
}

function firstProgress(fileName: string): ImportProgress {
  return {
    ...starting(`Reading ${fileName}`),
    fileName,
    bytesRead: 0,
    bytesTotal: 0,
    accepted: 0,
    rejected: 0,
    duplicates: 0,
    rowsPerSecond: 0,
    datasetId: null,
  };
}
