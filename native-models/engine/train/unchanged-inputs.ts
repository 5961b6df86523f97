import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { badInput, type Failure } from '../../failure.ts';
import { sha256OfFile } from '../../files/file-hash.ts';
import { hashModelFolder, hashedFiles } from '../../model-folder/model-folder.ts';
import { heldOutPairsPath, trainingPairsPath } from '../../protocol/run-folder/pairs.ts';
import type { TrainJob } from '../../protocol/run-folder/job.ts';

type Inputs = Pick<TrainJob, 'id' | 'createdAt' | 'model' | 'snapshot'>;

/**
 * Hashes what a run was begun on again: the start model's files, `pairs.jsonl` and `heldout.jsonl`. `onProgress` gets
 * the share of bytes read. Throws `model-changed` or `snapshot-changed` with the file and both hashes.
 */
export async function requireUnchangedInputs(
  runFolder: string,
  job: Inputs,
  onProgress?: (fraction: number) => void,
): Promise<void> {
  await requireSnapshot(trainingPairsPath(runFolder), job, job.snapshot.sha256);
  if (job.snapshot.heldOutSha256 !== null)
    await requireSnapshot(heldOutPairsPath(runFolder), job, job.snapshot.heldOutSha256);
  const { path, sha256: recorded } = job.model;
  const total = await totalBytes(path);
  let done = 0;
  const found = await hashModelFolder(path, (count) => {
    done += count;
    onProgress?.(done / total);
  });
  for (const [name, expected] of Object.entries(recorded)) {
    // Earlier versions put more files on record than are hashed now.
    const sha256 = found[name] ?? (await sha256OfFile(join(path, name)).catch(() => null));
    if (sha256 !== expected) throw modelChanged(job, join(path, name), expected, sha256);
  }
  // A file from before the run that is not on record is one that the version which began the run did not hash.
  for (const [name, sha256] of Object.entries(found)) {
    if (recorded[name] !== undefined) continue;
    const { ctimeMs } = await stat(join(path, name));
    if (ctimeMs > Date.parse(job.createdAt)) throw modelChanged(job, join(path, name), null, sha256);
  }
}

async function totalBytes(path: string): Promise<number> {
  const { dir, names } = await hashedFiles(path);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
  return Math.max(
    1,
    sizes.reduce((sum, size) => sum + size, 0),
  );
}

async function requireSnapshot(file: string, { id }: Inputs, expected: string): Promise<void> {
  const sha256 = await sha256OfFile(file);
  if (sha256 === expected) return;
  throw badInput(
    'snapshot-changed',
    `${file} is not what run ${id} was begun on: its SHA-256 is ${sha256}, and was ${expected}. Put the ` +
      'file back as it was, or train again.',
    { file, run: id, expected, sha256 },
  );
}

function modelChanged({ id, model }: Inputs, file: string, expected: string | null, sha256: string | null): Failure {
  const how =
    sha256 === null
      ? `is gone; its SHA-256 was ${expected ?? 'unknown'}`
      : expected === null
        ? `was added after run ${id} began (SHA-256 ${sha256})`
        : `has changed: its SHA-256 is ${sha256}, and was ${expected}`;
  return badInput(
    'model-changed',
    `${file} ${how}. Run ${id} trained on the model as it was: put it back into ${model.path}, or train again.`,
    { file, run: id, expected, sha256 },
  );
}

/** What the file system says of each file of a model: changes with every change of its bytes that goes through it. */
export type ModelStamp = ReadonlyMap<string, string>;

/** Takes the stamp of a job's model; a file that cannot be looked at has none. */
export async function stampModel({ model: { path, sha256 } }: Pick<TrainJob, 'model'>): Promise<ModelStamp> {
  const stamps = await Promise.all(
    Object.keys(sha256).map(async (name): Promise<[string, string]> => {
      const file = join(path, name);
      const found = await stat(file, { bigint: true }).catch(() => null);
      return [
        file,
        found === null ? 'gone' : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' '),
      ];
    }),
  );
  return new Map(stamps);
}

/**
 * Throws `model-changed-meanwhile` where a file of the model is gone or has other bytes; only those not as they were
 * when `before` was taken are hashed.
 */
export async function requireSameStamp(job: Pick<TrainJob, 'id' | 'model'>, before: ModelStamp): Promise<void> {
  const now = await stampModel(job);
  for (const [file, stamp] of before) {
    const other = now.get(file);
    if (other === stamp) continue;
    const sha256 = await sha256OfFile(file).catch(() => null);
    if (sha256 !== null && sha256 === job.model.sha256[basename(file)]) continue;
    throw badInput(
      'model-changed-meanwhile',
      `${file} was ${sha256 === null ? 'deleted or moved' : 'changed'} while run ${job.id} used it. What ` +
        'the run has done is kept: put the file back as it was, then resume the run.',
      { file, run: job.id },
    );
  }
}
