import { join } from 'node:path';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import type { TensorEntry } from '../../native-models/formats/safetensors/header.ts';
import { bytesPerElement, elementCount } from '../../native-models/numbers/tensor-dtype.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import { type ExportSummary, type FormatOffer } from '../../preload/contract/operations/exports.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { clearLeftExports } from '../exports/export-folder.ts';
import { exportRun } from '../exports/export-run.ts';
import { trainedParameterCount } from '../models/memory.ts';
import { getRun, type RunRecord } from '../runs/runs.ts';
import type { HandlerContext } from './context.ts';
import { getExport, listExports, readCertificate } from '../exports/export-rows.ts';
import { needDesktop } from './files.ts';
import { checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';
import { type ExportDtype, exportDtypes } from '../../native-models/vocabulary/lists.ts';
import { createTasks, starting } from './tasks.ts';
import { exportFormatFacts } from '../../native-models/vocabulary/export-formats.ts';
import { exportFormats } from '../../native-models/vocabulary/lists.ts';

export function exportsHandlers({
  library,
  pickedFiles,
  desktop,
  background,
  changes,
  report,
}: HandlerContext): Handlers['exports'] {
  const tasks = createTasks<TaskProgress>('exports.start', { library, background, changes, report });
  /**
   * Exports under way, and the last of each run that was stopped or failed: until the next one starts, people are told
   * why.
   */
  const begun = new Map<string, ExportSummary>();
  const withProgress = (summary: ExportSummary): ExportSummary => ({
    ...summary,
    progress: tasks.latest(summary.id),
  });
  // What a kill left of exports.
  background.track(clearLeftExports(library).catch((error: unknown) => report(error, 'exports')));

  return {
    formats: ({ runId }) => offers(getRun(library, runId)),
    async steps({ runId }) {
      return (await checkpointSteps(getRun(library, runId).folder)).toReversed();
    },
    start({ runId, format, dtype, step, into, folderName }) {
      const run = getRun(library, runId);
      for (const [known, { runId: of }] of begun)
        if (of === runId && tasks.latest(known).state !== 'running') begun.delete(known);
      const out = join(into === null ? join(library.dir, 'exports') : pickedFiles.pathOf(into), folderName);
      if (into !== null) pickedFiles.requireAllowed(out);
      const id = tasks.start(run, starting(`Writing ${out}`), async ({ taskId, signal, progress }) => {
        const onProgress = (doing: string, fraction: number | null): void => progress({ doing, fraction });
        await exportRun(library, run.id, { format, dtype, step, baseModel: null, out, signal, onProgress });
        // The library has it now.
        begun.delete(taskId);
        return { doing: 'Written and checked' };
      });
      const summary: ExportSummary = {
        id,
        runId,
        format,
        createdAt: new Date().toISOString(),
        location: out,
        bytes: null,
        progress: tasks.latest(id),
        selfTest: null,
      };
      begun.set(id, summary);
      return summary;
    },
    list: ({ runId }) => [
      ...[...begun.values()].filter((summary) => runId === null || summary.runId === runId).map(withProgress),
      ...listExports(library, runId),
    ],
    progressFeed: ({ taskId }, sink) => tasks.follow(taskId, sink),
    certificate: ({ exportId }) => readCertificate(library, exportId),
    async openFolder({ exportId }) {
      await needDesktop(desktop).openFolder(getExport(library, exportId).location);
      return null;
    },
  };
}

async function offers(run: RunRecord): Promise<FormatOffer[]> {
  const { model, settings } = await readJob(run.folder);
  const { config, tensors } = await openModelFolder(model.path);
  const dtypes = dtypeOffers([...tensors.values()]);
  const sizes = {
    config,
    weightBytes: dtypes[0]?.bytes ?? 0,
    adapterBytes: 4 * trainedParameterCount(config, settings.lora),
  };
  return Promise.all(
    exportFormats.map(async (format): Promise<FormatOffer> => {
      const { refuses, files, choosesDtype } = exportFormatDefinitions[format];
      const { title, usedBy } = exportFormatFacts[format];
      const refusal = await refuses({ dir: model.path, config, trainsAdapter: settings.lora !== null });
      return {
        format,
        title,
        usedBy,
        available: refusal === null,
        reason: refusal?.message ?? null,
        files: files(sizes),
        dtypes: choosesDtype ? dtypes : [],
      };
    }),
  );
}

/** What each element type costs. */
const dtypeTitles: { readonly [dtype in ExportDtype]: string } = {
  float32: 'float32: nothing is rounded',
  float16: 'float16: rounds to 11 significant bits, numbers up to 65,504',
  bfloat16: 'bfloat16: rounds to 8 significant bits',
};

function dtypeOffers(tensors: readonly TensorEntry[]): FormatOffer['dtypes'] {
  const own = [...new Set(tensors.map(({ dtype }) => dtype))].join(' and ');
  const values = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const others = exportDtypes
    .filter((dtype) => dtype !== own)
    .map((dtype) => ({ dtype, title: dtypeTitles[dtype], bytes: values * bytesPerElement[dtype] }));
  return [
    {
      dtype: null,
      title:
        `${exportDtypes.flatMap((dtype) => (dtype === own ? [dtypeTitles[dtype]] : [])).at(0) ?? own} (as the ` +
        'start model)',
      bytes: tensors.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
    },
    ...others,
  ];
}
