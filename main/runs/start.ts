import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { usesDeviceLoop } from '../../native-models/engine/train/device-loop.ts';
import { doesNotFit } from '../../native-models/failure.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { tokenization } from '../../native-models/text/encode-pair.ts';
import { writeJob } from '../../native-models/protocol/run-folder/job.ts';
import { hashModelFolder, openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { blockQuantizedBytes } from '../../native-models/runtime/block-quantized-model.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { availableMemory } from '../hardware/memory.ts';
import { runtimeVersion } from '../hardware/cuda-libraries.ts';
import { planMemory, requireMemory, trainedParameterCount, type PlannedPrecision } from '../models/memory.ts';
import { parseModelConfig } from '../models/inspect.ts';
import { getProject } from '../projects/projects.ts';
import { appVersion } from './app-version.ts';
import { keepFolder, listPreparedFolder, removeListedFolders } from './folders-to-remove.ts';
import { longestPair } from './lengths.ts';
import { cacheFolder, precisionOf } from './precision.ts';
import { fillReferences } from './reference-cache.ts';
import { relativeRunFolder } from './run-folder-path.ts';
import { requirePlainForRendered } from './rendered-datasets.ts';
import { describeRun, forgetRunName, freeRunName, saveRunName } from './run-name.ts';
import { getRun, type RunRecord } from './runs.ts';
import { freezeSnapshot } from './snapshot.ts';
import { requireWithinContext } from './settings.ts';
import { startEngine } from './start-engine.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

export interface StartRunOptions {
  readonly projectId: number;
  readonly modelPath: string;
  readonly settings: TrainSettings;
  /** At most so many training pairs; `null`: all. */
  readonly limit: number | null;
  /** Times a few more steps at its end, by part of the model and by operator. */
  readonly profile?: boolean;
  /** Newest checkpoints that stay on disk, besides the best one. */
  readonly checkpointsKept: number;
  /** 1 line each: what is being done before the engine starts. */
  readonly onPreparing?: (doing: string) => void;
}

/**
 * Prepares a run and starts its engine: memory plan, frozen snapshot, model hashes, known reference log-probs,
 * `run.json`. The engine lives on when this process ends. A failure before the engine starts leaves no run behind.
 * @throws Failure `does-not-fit-memory`, `does-not-fit-disk` (exit 3), `precision-unavailable`,
 * `template-written-twice`, those of `openModelFolder`, `freezeSnapshot`
 */
export async function startRun(library: Library, options: StartRunOptions): Promise<RunRecord> {
  const { projectId, modelPath, limit } = options;
  const preparing = options.onPreparing ?? (() => undefined);
  const project = getProject(library, projectId);
  requirePlainForRendered(library, projectId, options.settings.template);
  const config = await parseModelConfig(modelPath);
  requireWithinContext(options.settings, config);
  const available = await availableMemory(options.settings.provider);
  requireMemory(
    planMemory(config, { ...options.settings, ...smallestText }, smallestPrecision(options.settings), available),
    modelPath,
  );
  const model = await openModelFolder(modelPath);
  const createdAt = new Date();
  const id = runName(createdAt);
  const folder = join(library.dir, relativeRunFolder(id));
  await removeListedFolders(library);
  try {
    listPreparedFolder(library, id);
    preparing('freezing the data');
    mkdirSync(folder, { recursive: true });
    const snapshot = freezeSnapshot(
      library,
      projectId,
      options.settings.objective,
      { limit, seed: options.settings.seed },
      folder,
    );
    const longest = await longestPair(folder, model.dir, options.settings);
    const precision = await precisionOf(model.config, options.settings, longest);
    const plan = planMemory(model.config, options.settings, precision, available, longest);
    requireMemory(plan, model.dir);
    requireDisk(
      folder,
      checkpointBytes(trainedParameterCount(model.config, options.settings.lora), options.checkpointsKept) +
        (precision.storage === 'int4' ? blockQuantizedBytes(model) : 0),
    );
    // Decided once, so that a resumed run does the same arithmetic on a fuller machine.
    const settings = { ...options.settings, keptLayers: plan.keptLayers };
    preparing('hashing the model');
    const { pairs, heldOutPairs, sha256, heldOutSha256, labelsHead } = snapshot;
    const job: TrainJob = {
      id,
      createdAt: createdAt.toISOString(),
      project: project.name,
      model: { path: model.dir, sha256: await hashModelFolder(model.dir) },
      snapshot: { sha256, pairs, heldOutSha256, heldOutPairs, labelsHead },
      settings,
      tokenization,
      precision,
      profile: options.profile ?? false,
      deviceLoop: usesDeviceLoop(settings.provider, precision),
      cacheFolder: relative(folder, cacheFolder(library.dir)),
      checkpointsKept: options.checkpointsKept,
      versions: { app: appVersion(), onnxruntime: runtimeVersion(), node: process.versions.node },
    };
    await writeJob(folder, job);
    preparing('looking up known reference log-probs');
    await fillReferences(library, folder, job);
    insertRun(library, projectId, job);
    startEngine(folder, settings.provider);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    transact(library, () => {
      library.db.prepare('DELETE FROM runs WHERE id = ?').run(id);
      forgetRunName(library, id);
      keepFolder(library, id);
    });
    throw error;
  }
  return getRun(library, id);
}

/** The first look at memory assumes next to nothing of the data: what fails it fails whatever the data. */
const smallestText = { maxLength: 64, batchSize: 1, keptLayers: 1 } as const;

function smallestPrecision({ lora, provider }: TrainSettings): PlannedPrecision {
  return { storage: lora === null ? 'as stored' : 'int4', compute: provider === 'cuda' ? 'bfloat16' : 'float32' };
}

/** Beside the kept ones: the best, and one being written. */
const moreCheckpoints = 2;
/** For data, log and samples. */
const otherFilesBytes = 50e6;

/** What the folder of a run may come to: checkpoints of trained numbers and two moments each, and the rest. */
export function checkpointBytes(parameters: number, checkpointsKept: number): number {
  return parameters * 4 * 3 * (checkpointsKept + moreCheckpoints) + otherFilesBytes;
}

function requireDisk(folder: string, needed: number): void {
  const free = freeBytesOf(folder);
  if (needed <= free) return;
  throw doesNotFit(
    'does-not-fit-disk',
    `The run's files need about ${gigabytes(needed)} in ${folder}, but ${gigabytes(free)} are free. Free ` +
      'some space, use a library on another disk, or train an adapter.',
    { folder, neededBytes: needed, freeBytes: free },
  );
}

function insertRun(library: Library, projectId: number, job: TrainJob): void {
  const { id, createdAt, settings, model, snapshot } = job;
  transact(library, () => {
    keepFolder(library, id);
    library.db
      .prepare(
        `INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, labels_head,
          state, created_at, started_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'starting', ?, ?)`,
      )
      .run(
        id,
        projectId,
        relativeRunFolder(id),
        model.path,
        settings.objective,
        JSON.stringify(settings),
        snapshot.sha256,
        snapshot.labelsHead,
        createdAt,
        new Date().toISOString(),
      );
    saveRunName(library, id, freeRunName(library, describeRun(settings)));
  });
}

/** Sorts by time; the random end keeps runs of one second apart. */
function runName(at: Date): string {
  const digits = at.toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(2).toString('hex')}`;
}
