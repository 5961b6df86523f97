import type { ResolvedPrecision } from '../decoder/precision.ts';
import type { RunSettings } from '../vocabulary/settings.ts';

/**
 * What the engine process is asked to do. The services write a job into a run folder as `run.json`
 * (training) or hand it over on standard input (short tasks); the engine never sees the database.
 */

/** `run.json` of a run folder (design, section 5). */
export interface TrainJob {
  readonly id: string;
  readonly createdAt: string;
  readonly project: string;
  readonly model: { readonly path: string; readonly sha256: { readonly [file: string]: string } };
  /** Of `pairs.jsonl` and, where there is one, `heldout.jsonl`. */
  readonly snapshot: {
    readonly sha256: string;
    readonly pairs: number;
    readonly heldOutSha256: string | null;
    readonly heldOutPairs: number;
    readonly labelsHead: string;
  };
  readonly settings: RunSettings;
  /** How its texts become tokens (`tokenization` of text/encode-pair.ts); 1 where a run is older than this field. */
  readonly tokenization: number;
  /** What the settings' precision came to on this machine, decided once. */
  readonly precision: ResolvedPrecision;
  /** Several steps in one run of the graph, with the optimiser's state on the device (`usesDeviceLoop`). */
  readonly deviceLoop: boolean;
  /** At its end the run times a few more steps by part of the model and by operator (`profile.json`). */
  readonly profile: boolean;
  /** What the runs of a library share, such as int4 weights; relative to the run folder. */
  readonly cacheFolder: string;
  /** The newest so many checkpoints stay, and the best one. */
  readonly checkpointsKept: number;
  readonly versions: { readonly app: string; readonly onnxruntime: string; readonly node: string };
}
