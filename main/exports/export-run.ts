import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { readHeldOutPairs, readTrainingPairs } from '../../native-models/protocol/run-folder/pairs.ts';
import { openModelText } from '../../native-models/engine/model/model.ts';
import type { Reloaded } from '../../native-models/engine/export/format.ts';
import { badInput, doesNotFit } from '../../native-models/failure.ts';
import { writeAtomically } from '../../native-models/files/atomic-file.ts';
import { requireOwnFiles } from '../../native-models/model-folder/model-files.ts';
import { hubId, publishedName } from '../../native-models/formats/published-name.ts';
import { promptFormat } from '../../native-models/text/prompt-format.ts';
import { openModelFolder, type ModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { runTask } from '../engine/run-task.ts';
import { listDatasets } from '../datasets/store/datasets.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { bytesPerElement, elementCount } from '../../native-models/numbers/tensor-dtype.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { trainedParameterCount } from '../models/memory.ts';
import { requireCheckpoint } from '../runs/checkpoints.ts';
import { givePersonsPermissions } from '../library/private-files.ts';
import { getRun, runResult, type RunRecord } from '../runs/runs.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import { evaluationOfStep } from '../evaluation/evaluation-rows.ts';
import { certifiedEvaluation } from './card-evaluation.ts';
import { statedLicence } from './card-front-matter.ts';
import { certificateFile, makeCertificate, type Certificate } from './certificate.ts';
import { requireEmptyFolder } from './empty-folder.ts';
import { clearLeftExports, openExportFolder } from './export-folder.ts';
import { hashFolder } from './file-hashes.ts';
import { modelCard } from './model-card.ts';
import { compareLogProbs, compareOnnx, compareWeights, type Comparison, type SelfTest } from './self-test.ts';
import type { LogProbs } from './log-probs.ts';
import type { WrittenEvent } from '../../native-models/protocol/task-events.ts';
import { checkpointHashes } from '../../native-models/protocol/run-folder/checkpoint.ts';
import type { ExportDtype, ExportFormat } from '../../native-models/vocabulary/lists.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Element type of the matrices in safetensors and GGUF; `null`: as the start model stores them. */
  readonly dtype: ExportDtype | null;
  /** Which checkpoint; `null`: the newest. */
  readonly step: number | null;
  /** A folder that is empty or does not exist. */
  readonly out: string;
  /** Where the start model is published, `ORG/NAME`; `null`: as its folder says. */
  readonly baseModel: string | null;
  readonly signal?: AbortSignal;
  /**
   * What it is doing now, and how much of that is done; `null` where nothing says so. Writing and the self-test are
   * told apart.
   */
  readonly onProgress?: (doing: string, fraction: number | null) => void;
}

export interface ExportResult {
  readonly id: string;
  readonly out: string;
  readonly selfTest: SelfTest;
  readonly certificate: Certificate;
}

const selfTestPairs = 32;

/**
 * Writes what a run trained into a folder of its own, reads it back and compares it with the trained model, and adds a
 * certificate with the hash of every file. The folder appears only when all of this succeeded.
 * @throws Failure `folder-not-empty`, those of `requireCheckpoint`, `does-not-fit-disk`, `export-untrained`,
 * `export-weights-wrong`, `export-self-test-failed`, `export-loses-training`, `peft-needs-adapter`,
 * `export-dtype-fixed`, `dtype-overflow`, and the engine's
 */
export async function exportRun(library: Library, runId: string, options: ExportOptions): Promise<ExportResult> {
  const run = getRun(library, runId);
  await requireEmptyFolder(options.out);
  const { folder: checkpoint, step } = await requireCheckpoint(run, options.step, (fraction) =>
    options.onProgress?.('Checking that the start model and the data are unchanged', fraction),
  );
  const job = await readJob(run.folder);
  const model = await openModelFolder(job.model.path);
  requireOwnFiles(model);
  if (options.baseModel !== null && !hubId.test(options.baseModel))
    throw badInput(
      'base-model-invalid',
      `The base model "${options.baseModel}" is not a Hugging Face Hub name; expected ORG/NAME, for ` +
        'instance HuggingFaceTB/SmolLM2-135M-Instruct. Correct it, or leave it out.',
      { value: options.baseModel },
    );
  await clearLeftExports(library);
  const folder = await openExportFolder(library, options.out);
  const { partial, target } = folder;
  try {
    requireDisk(dirname(partial), model, job.settings.lora, options);
    options.onProgress?.(writing(options.format), 0);
    for await (const event of runTask(
      'export',
      {
        model: { path: model.dir, checkpoint },
        format: options.format,
        dtype: options.dtype,
        template: job.settings.template,
        clock: job.createdAt,
        baseModel: options.baseModel,
        out: partial,
      },
      options.signal,
    ))
      if (event.event === 'written') tellWritten(event, options);
    const selfTest = await testExport(run, job, model, checkpoint, partial, options);
    const end = runResult(run);
    // What was measured at the end says nothing of an earlier step.
    const result = end?.steps === step ? end : null;
    const evaluation = certifiedEvaluation(evaluationOfStep(library, runId, step));
    const trained = {
      step,
      ofSteps: end?.steps ?? null,
      files: await checkpointHashes(checkpoint),
    };
    const datasets = listDatasets(library, run.projectId);
    const text = await openModelText(model, job.settings.template, new Date(job.createdAt));
    const published = publishedName(model.dir, model.rawConfig, options.baseModel);
    const limits = exportFormatDefinitions[options.format].limits(model.config);
    const card = modelCard({
      job,
      format: options.format,
      published,
      prompts: promptFormat(text.template, text.tokenizer),
      limits,
      licence: await statedLicence(model.dir),
      result,
      checkpoint: trained,
      evaluation,
      selfTest,
      datasets,
      licenceFiles: model.licenceFiles,
    });
    await writeAtomically(join(partial, 'README.md'), [Buffer.from(card)]);
    const files = Object.fromEntries(await hashFolder(partial));
    const facts = {
      format: options.format,
      dtype: options.dtype,
      checkpoint: trained,
      result,
      evaluation,
      selfTest,
      limits,
      files,
    };
    const certificate = makeCertificate(job, published, facts);
    await writeAtomically(join(partial, certificateFile), [Buffer.from(`${JSON.stringify(certificate, null, 2)}\n`)]);
    givePersonsPermissions(partial);
    await folder.publish();
    return { id: record(library, runId, options.format, target, certificate), out: target, selfTest, certificate };
  } finally {
    await folder.discard();
  }
}

const writing = (format: ExportFormat): string => `Writing ${format}`;

function tellWritten({ bytes, plannedBytes }: WrittenEvent, { format, onProgress }: ExportOptions): void {
  onProgress?.(`${writing(format)}, ${gigabytes(bytes)} of ${gigabytes(plannedBytes)}`, bytes / plannedBytes);
}

/** Reads what was written again. Throws `export-weights-wrong`, `export-self-test-failed`, `export-loses-training`. */
async function testExport(
  run: RunRecord,
  job: TrainJob,
  model: ModelFolder,
  checkpoint: string,
  folder: string,
  options: ExportOptions,
): Promise<SelfTest> {
  const { provider, threads, template, maxLength } = job.settings;
  const heldOut = await readHeldOutPairs(run.folder);
  const pairs = (heldOut.length > 0 ? heldOut : await readTrainingPairs(run.folder)).slice(0, selfTestPairs);
  const sources: ObjectivePair[] = pairs.map((pair, index) => ({
    ...pair,
    source: { dataset: 0, row: index + 1, pair: 0 },
  }));
  const comparison = (doing: string): Comparison => {
    options.onProgress?.(doing, null);
    const onProgress = (fraction: number): void => options.onProgress?.(doing, fraction);
    return {
      job,
      checkpoint,
      format: options.format,
      dtype: options.dtype,
      folder,
      pairs: sources,
      heldOut: heldOut.length > 0,
      options: {
        device: { provider, threads },
        template,
        maxLength,
        onProgress,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    };
  };
  const weights = await compareWeights(comparison('Self-test: comparing every weight with the trained one'));
  const { reloaded } = exportFormatDefinitions[options.format];
  if (reloaded === null) return { weights, logProbs: null };
  return {
    weights,
    logProbs: await scored(reloaded, comparison('Self-test: loading it again and scoring pairs'), model),
  };
}

/** Log-probs under what was written; what has to be unpacked is, beside it, for as long as that takes. */
async function scored(reloaded: Reloaded, comparison: Comparison, model: ModelFolder): Promise<LogProbs> {
  if (reloaded.as === 'published-graph') return compareOnnx(comparison);
  if (reloaded.as === 'model-folder') return compareLogProbs(comparison);
  const unpacked = `${comparison.folder}.unpacked`;
  try {
    await reloaded.unpack(comparison.folder, model, unpacked);
    return await compareLogProbs({ ...comparison, folder: unpacked });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

function requireDisk(
  folder: string,
  model: ModelFolder,
  lora: TrainJob['settings']['lora'],
  { format, dtype }: ExportOptions,
): void {
  const weightBytes = [...model.tensors.values()].reduce(
    (sum, { lengthBytes, shape }) =>
      sum + (dtype === null ? lengthBytes : bytesPerElement[dtype] * elementCount(shape)),
    0,
  );
  const { files, reloaded } = exportFormatDefinitions[format];
  const sizes = { config: model.config, weightBytes, adapterBytes: 4 * trainedParameterCount(model.config, lora) };
  const written = files(sizes).reduce((sum, { bytes }) => sum + bytes, 0);
  const needed = reloaded?.as === 'unpacked' ? 2 * written : written;
  const freeBytes = freeBytesOf(folder);
  if (needed <= freeBytes) return;
  throw doesNotFit(
    'does-not-fit-disk',
    `The export needs ${gigabytes(needed)} in ${dirname(folder)}, but ${gigabytes(freeBytes)} are ` +
      'free. Free some space or choose another folder.',
    { folder, neededBytes: needed, freeBytes },
  );
}

function record(library: Library, runId: string, format: string, folder: string, certificate: Certificate): string {
  const id = randomUUID();
  transact(library, () =>
    library.db
      .prepare('INSERT INTO exports (id, run_id, format, folder, certificate, created_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, runId, format, folder, JSON.stringify(certificate), certificate.createdAt),
  );
  return id;
}
