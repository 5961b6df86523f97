import { join } from 'node:path';
import { onnxDataBytes } from '../../native-models/engine/export/onnx.ts';
import { checkpointSteps } from '../../native-models/engine/model/checkpoint.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { openModelFolder } from '../../native-models/formats/model-folder.ts';
import type { TensorEntry } from '../../native-models/formats/safetensors/header.ts';
import { bytesPerElement, elementCount } from '../../native-models/formats/tensor-dtype.ts';
import { Failure } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import { type ExportSummary, type FormatOffer } from '../../preload/contract/operations/exports.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { clearLeftExports } from '../exports/export-folder.ts';
import { exportRun } from '../exports/export-run.ts';
import { requireGguf } from '../models/inspect.ts';
import { trainedParameterCount } from '../models/memory.ts';
import { getRun, type RunRecord } from '../runs/runs.ts';
import type { HandlerContext } from './context.ts';
import { getExport, listExports, readCertificate } from '../exports/export-rows.ts';
import { needDesktop } from './files.ts';
import { createTasks, starting } from './tasks.ts';
import { type ExportFormat, exportDtypes, type ExportDtype } from '../../native-models/vocabulary/lists.ts';

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

const titles: { readonly [Format in ExportFormat]: { readonly title: string; readonly usedBy: string } } = {
  safetensors: { title: 'Whole model', usedBy: 'Hugging Face transformers, vLLM, and converters to other formats' },
  peft: { title: 'Adapter only', usedBy: 'PEFT, vLLM with LoRA; needs the start model beside it' },
  gguf: { title: 'GGUF', usedBy: 'llama.cpp, Ollama, LM Studio' },
  onnx: { title: 'ONNX', usedBy: 'ONNX Runtime, Optimum, transformers.js' },
};

async function offers(run: RunRecord): Promise<FormatOffer[]> {
  const { model, settings } = await readJob(run.folder);
  const { config, tensors } = await openModelFolder(model.path);
  const dtypes = dtypeOffers([...tensors.values()]);
  const modelBytes = dtypes[0]?.bytes ?? 0;
  const adapterBytes = 4 * trainedParameterCount(config, settings.lora);
  const offer = (
    format: ExportFormat,
    reason: string | null,
    files: FormatOffer['files'],
    offered: FormatOffer['dtypes'] = [],
  ): FormatOffer => ({ format, ...titles[format], available: reason === null, reason, files, dtypes: offered });
  return [
    offer('safetensors', null, [{ name: 'model.safetensors', bytes: modelBytes }], dtypes),
    offer('peft', settings.lora === null ? 'All weights were trained, so there is no adapter.' : null, [
      { name: 'adapter_model.safetensors', bytes: adapterBytes },
    ]),
    offer(
      'gguf',
      await ggufReason(model.path, config),
      [
        { name: 'model.gguf', bytes: modelBytes },
        { name: 'Modelfile', bytes: 20 },
      ],
      dtypes,
    ),
    offer('onnx', null, [{ name: 'model.onnx_data', bytes: onnxDataBytes(config) }]),
  ];
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

/** Why the model cannot be written as GGUF; `null` where it can. */
async function ggufReason(folder: string, config: DecoderConfig): Promise<string | null> {
  try {
    await requireGguf(folder, config);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
