import { join } from 'node:path';
import { z } from 'zod';
import type { TrainJob } from '../../native-models/engine/job.ts';
import type { ExportDtype } from '../../native-models/engine/tasks.ts';
import { badInput, type JsonValue } from '../../native-models/failure.ts';
import { isNotFound, parseFields, readJsonFile } from '../../native-models/formats/json-file.ts';
import type { PublishedName } from '../../native-models/formats/published-name.ts';
import { hashFolder, type HashedFile } from './file-hashes.ts';
import type { SelfTest } from './self-test.ts';

export const certificateFile = 'certificate.json';
const certificateVersion = 1;

/** Says what an exported folder is, what it was made from, and that it was checked. */
export interface Certificate {
  readonly safedpoCertificate: typeof certificateVersion;
  readonly createdAt: string;
  readonly format: string;
  /** Element type that was asked for; `null`: as the start model stores its weights. */
  readonly dtype: ExportDtype | null;
  /** What of the run was exported: the step, of how many (`null`: the run is not done), and the SHA-256 of each file of its checkpoint. */
  readonly checkpoint: { readonly step: number; readonly ofSteps: number | null; readonly files: { readonly [file: string]: string } };
  readonly run: string;
  readonly project: string;
  /** The start model by name, and the hashes of its files; no path of the machine it lay on. */
  readonly model: { readonly name: string; readonly hubId: string | null; readonly sha256: TrainJob['model']['sha256'] };
  /** Hashes of the training data, and the head of the label log they were taken from. */
  readonly snapshot: TrainJob['snapshot'];
  readonly settings: TrainJob['settings'];
  /** In which precision it was trained; what is exported are the weights as the start model stores them. */
  readonly precision: TrainJob['precision'];
  readonly versions: TrainJob['versions'];
  /** The run's `done` line: final metrics and held-out preferences before and after; `null` where an earlier step was exported. */
  readonly result: { readonly [field: string]: JsonValue } | null;
  readonly selfTest: SelfTest;
  /** What programs that read this format compute otherwise than what was trained, in sentences. */
  readonly limits: readonly string[];
  /** Every other file of the folder. */
  readonly files: { readonly [path: string]: HashedFile };
}

const schema = z.looseObject({
  safedpoCertificate: z.literal(certificateVersion),
  run: z.string(),
  format: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export function makeCertificate(job: TrainJob, { base, baseId }: PublishedName, made: Pick<Certificate, 'format' | 'dtype' | 'checkpoint' | 'result' | 'selfTest' | 'limits' | 'files'>): Certificate {
  const { id, project, model, snapshot, settings, precision, versions } = job;
  return { safedpoCertificate: certificateVersion, createdAt: new Date().toISOString(), run: id, project, model: { name: base, hubId: baseId, sha256: model.sha256 }, snapshot, settings, precision, versions, ...made };
}

/** What an intact folder says of itself. */
export interface Verified {
  readonly run: string;
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Checks every file of an exported folder against its certificate; needs neither network nor library.
 * @throws Failure `certificate-missing`, `certificate-invalid`, `certificate-mismatch` (details list the changed, missing and added files)
 */
export async function verifyExport(folder: string): Promise<Verified> {
  const file = join(folder, certificateFile);
  const certificate = parseFields(schema, await readCertificate(file), file, 'certificate-invalid');
  const found = await hashFolder(folder, [certificateFile]);
  const listed = certificate.files;
  const missing = Object.keys(listed).filter((path) => found[path] === undefined);
  const added = Object.keys(found).filter((path) => listed[path] === undefined);
  const changed = Object.keys(listed).filter((path) => found[path] !== undefined && found[path].sha256 !== listed[path]?.sha256);
  if (missing.length + added.length + changed.length > 0) {
    const problems = [...changed.map((path) => `${path} was changed`), ...missing.map((path) => `${path} is missing`), ...added.map((path) => `${path} was added`)];
    throw badInput('certificate-mismatch', `${folder} is not what its certificate says: ${problems.join(', ')}. Export run ${certificate.run} again.`, { folder, changed, missing, added });
  }
  return { run: certificate.run, format: certificate.format, files: Object.keys(found).length, bytes: Object.values(found).reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function readCertificate(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw badInput('certificate-missing', `${file} does not exist, so there is nothing to check the folder against. Give a folder that an export wrote.`, { file }, { cause: error });
  }
}
