import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { lastGoodCheckpoint } from '../../native-models/engine/checkpoint.ts';
import { readJob, readSnapshot } from '../../native-models/engine/run-folder.ts';
import type { TrainJob } from '../../native-models/engine/job.ts';
import type { ExportFormat } from '../../native-models/engine/tasks.ts';
import { ggufFile } from '../../native-models/engine/export-gguf.ts';
import { onnxDataBytes } from '../../native-models/engine/export-onnx.ts';
import { unpackGguf } from '../../native-models/engine/unpack-gguf.ts';
import { badInput, doesNotFit } from '../../native-models/failure.ts';
import { writeAtomically, writeFailure } from '../../native-models/formats/atomic-file.ts';
import { openModelFolder, type ModelFolder } from '../../native-models/formats/model-folder.ts';
import { runTask } from '../engine/run-task.ts';
import { listDatasets } from '../library/datasets.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { getRun, runResult, type RunRecord } from '../runs/runs.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import { certificateFile, makeCertificate, type Certificate } from './certificate.ts';
import { requireEmptyFolder } from './empty-folder.ts';
import { hashFolder } from './file-hashes.ts';
import { modelCard } from './model-card.ts';
import { compareAdapter, compareLogProbs, compareOnnx, type LogProbComparison, type SelfTest } from './self-test.ts';

export interface ExportOptions {
  readonly format: ExportFormat;
  /** A folder that is empty or does not exist. */
  readonly out: string;
  readonly signal?: AbortSignal;
  /** What it is doing now, and how much of that is done; `null` where nothing says so. Writing and the self-test are told apart. */
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
 * Writes what a run trained into a folder of its own, loads it again and compares it with the trained model, and signs it
 * with a certificate. The folder appears only when all of this succeeded.
 * @throws Failure `folder-not-empty`, `no-checkpoint`, `does-not-fit-disk`, `export-self-test-failed`, `peft-needs-adapter`, and the engine's
 */
export async function exportRun(library: Library, runId: string, options: ExportOptions): Promise<ExportResult> {
  const run = getRun(library, runId);
  const out = resolve(options.out);
  await requireEmptyFolder(out);
  const checkpoint = await requireCheckpoint(run);
  const job = await readJob(run.folder);
  const model = await openModelFolder(job.model.path);
  const partial = `${out}.partial`;
  try {
    await makeFolder(partial);
    await requireDisk(partial, model, options.format);
    options.onProgress?.(writing(options.format), 0);
    for await (const event of runTask('export', { model: { path: model.dir, checkpoint }, format: options.format, out: partial }, options.signal))
      if (event.event === 'written') tellWritten(Number(event['bytes']), Number(event['plannedBytes']), options);
    const tellTested = (fraction: number | null): void => options.onProgress?.('Self-test: loading it again and comparing it with the trained model', fraction);
    tellTested(null);
    const selfTest = await testers[options.format]({ run, job, model, checkpoint, folder: partial, signal: options.signal, onProgress: tellTested });
    const result = runResult(run);
    const datasets = listDatasets(library, run.projectId);
    const card = modelCard({ job, format: options.format, result, selfTest, datasets, licenceFiles: model.licenceFiles });
    await writeAtomically(join(partial, 'README.md'), [Buffer.from(card)]);
    const certificate = makeCertificate(job, { format: options.format, result, selfTest, files: await hashFolder(partial, [certificateFile]) });
    await writeAtomically(join(partial, certificateFile), [Buffer.from(`${JSON.stringify(certificate, null, 2)}\n`)]);
    await rm(out, { recursive: true, force: true });
    await rename(partial, out);
    return { id: record(library, runId, options.format, out, certificate), out, selfTest, certificate };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

const writing = (format: ExportFormat): string => `Writing ${format}`;

function tellWritten(bytes: number, plannedBytes: number, { format, onProgress }: ExportOptions): void {
  onProgress?.(`${writing(format)}, ${gigabytes(bytes)} of ${gigabytes(plannedBytes)}`, bytes / plannedBytes);
}

/** The newest whole checkpoint of a run. Throws `no-checkpoint`. */
export async function requireCheckpoint(run: Pick<RunRecord, 'id' | 'folder'>): Promise<string> {
  const checkpoint = await lastGoodCheckpoint(run.folder, () => undefined);
  if (checkpoint !== null) return checkpoint;
  throw badInput('no-checkpoint', `Run ${run.id} has no checkpoint yet, so there is nothing trained to use. Let it train on: safedpo resume ${run.id}.`, { run: run.id });
}

interface ToTest {
  readonly run: RunRecord;
  readonly job: TrainJob;
  /** The start model. */
  readonly model: ModelFolder;
  readonly checkpoint: string;
  /** What was written. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (fraction: number) => void;
}

/** How what was written is loaded again and compared. */
const testers: { readonly [format in ExportFormat]: (written: ToTest) => Promise<SelfTest> } = {
  safetensors: compareMerged,
  peft: ({ job, checkpoint, folder }) => compareAdapter(job, checkpoint, folder),
  gguf: compareGguf,
  onnx: async (written) => compareOnnx(await comparisonOf(written)),
};

async function compareMerged(written: ToTest): Promise<SelfTest> {
  return compareLogProbs(await comparisonOf(written));
}

/** With pairs that the run did not train on, where there are some. */
async function comparisonOf({ run, job, checkpoint, folder, signal, onProgress }: ToTest): Promise<LogProbComparison> {
  const { provider, threads, template, maxLength } = job.settings;
  const heldOut = await readSnapshot(run.folder, 'heldout.jsonl');
  const pairs = (heldOut.length > 0 ? heldOut : await readSnapshot(run.folder, 'pairs.jsonl')).slice(0, selfTestPairs);
  const sources: ObjectivePair[] = pairs.map((pair, index) => ({ ...pair, source: { dataset: 0, row: index + 1, pair: 0 } }));
  return { job, checkpoint, folder, pairs: sources, options: { device: { provider, threads }, template, maxLength, onProgress, ...(signal === undefined ? {} : { signal }) } };
}

/** Runs what the GGUF file holds, made into a model folder beside it for as long as that takes. */
async function compareGguf(written: ToTest): Promise<SelfTest> {
  const unpacked = `${written.folder}.unpacked`;
  try {
    await unpackGguf(join(written.folder, ggufFile), written.model, unpacked);
    return await compareMerged({ ...written, folder: unpacked });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeFailure(folder, error);
  }
}

async function requireDisk(folder: string, model: ModelFolder, format: ExportOptions['format']): Promise<void> {
  const stored = [...model.tensors.values()].reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const needed = { peft: 0, safetensors: stored, gguf: 2 * stored, onnx: onnxDataBytes(model.config) }[format];
  const { bavail, bsize } = await statfs(folder);
  if (needed <= bavail * bsize) return;
  throw doesNotFit('does-not-fit-disk', `The export needs ${gigabytes(needed)} in ${dirname(folder)}, but ${gigabytes(bavail * bsize)} are free. Free some space or choose another folder.`, { folder, neededBytes: needed, freeBytes: bavail * bsize });
}

function record(library: Library, runId: string, format: string, folder: string, certificate: Certificate): string {
  const id = randomUUID();
  transact(library, () =>
    library.db.prepare('INSERT INTO exports (id, run_id, format, folder, certificate, created_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, runId, format, folder, JSON.stringify(certificate), certificate.createdAt));
  return id;
}
