import type { PublishedName } from '../../native-models/formats/published-name.ts';
import type { HashedFile } from './file-hashes.ts';
import type { CertifiedEvaluation } from './card-evaluation.ts';
import type { SelfTest } from './self-test.ts';
import type { TrainDone } from '../../native-models/protocol/run-folder/train-events.ts';
import type { ExportDtype } from '../../native-models/vocabulary/lists.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

export const certificateFile = 'certificate.json';
export const certificateVersion = 1;

/**
 * Says what an exported folder is, what it was made from, and that it was checked. It is a checksum of the files beside
 * it: it shows that they are those that were exported, not who exported them.
 */
export interface Certificate {
  readonly safedpoCertificate: typeof certificateVersion;
  readonly createdAt: string;
  readonly format: string;
  /** Element type that was asked for; `null`: as the start model stores its weights. */
  readonly dtype: ExportDtype | null;
  /**
   * What of the run was exported: the step, of how many (`null`: the run is not done), and the SHA-256 of each file of
   * its checkpoint.
   */
  readonly checkpoint: {
    readonly step: number;
    readonly ofSteps: number | null;
    readonly files: { readonly [file: string]: string };
  };
  readonly run: string;
  readonly project: string;
  /** The start model by name, and the hashes of its files; no path of the machine it lay on. */
  readonly model: {
    readonly name: string;
    readonly hubId: string | null;
    readonly sha256: TrainJob['model']['sha256'];
  };
  /** Hashes of the training data, and the head of the label log they were taken from. */
  readonly snapshot: TrainJob['snapshot'];
  readonly settings: TrainJob['settings'];
  /** In which precision it was trained; what is exported are the weights as the start model stores them. */
  readonly precision: TrainJob['precision'];
  readonly versions: TrainJob['versions'];
  /**
   * The run's `done` line: final metrics and held-out preferences before and after; `null` where an earlier step was
   * exported.
   */
  readonly result: TrainDone | null;
  /** The newest evaluation of the exported checkpoint, whatever it found; `null` where there is none. */
  readonly evaluation: CertifiedEvaluation | null;
  readonly selfTest: SelfTest;
  /** What programs that read this format compute otherwise than what was trained, in sentences. */
  readonly limits: readonly string[];
  /** Every other file of the folder. */
  readonly files: { readonly [path: string]: HashedFile };
}

export function makeCertificate(
  job: TrainJob,
  { base, baseId }: PublishedName,
  made: Pick<
    Certificate,
    'format' | 'dtype' | 'checkpoint' | 'result' | 'evaluation' | 'selfTest' | 'limits' | 'files'
  >,
): Certificate {
  const { id, project, model, snapshot, settings, precision, versions } = job;
  return {
    safedpoCertificate: certificateVersion,
    createdAt: new Date().toISOString(),
    run: id,
    project,
    model: { name: base, hubId: baseId, sha256: model.sha256 },
    snapshot,
    settings,
    precision,
    versions,
    ...made,
  };
}
