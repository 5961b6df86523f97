import type { KeptLayers } from '../decoder/kept-layers.ts';
import type { PrecisionChoice, ResolvedPrecision } from '../decoder/precision.ts';

/**
 * What the engine process is asked to do. The services write a job into a run folder as `run.json`
 * (training) or hand it over on standard input (short tasks); the engine never sees the database.
 */

export type ObjectiveName = 'safedpo' | 'dpo' | 'dpo-safebetter' | 'dpo-harmless' | 'cdpo' | 'ipo' | 'sft';
export type ScheduleName = 'cosine' | 'linear' | 'constant';
export type ProviderName = 'cpu' | 'cuda' | 'webgpu' | 'dml';
/**
 * How a prompt becomes text: the model's own chat template, the PKU template of safe-rlhf, or the plain visible one.
 */
export type TemplateName = 'model' | 'pku' | 'plain';

export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** Names of linear layers, e.g. `q_proj`; every one of the architecture when empty. */
  readonly targets: readonly string[];
}

export interface TrainSettings {
  readonly objective: ObjectiveName;
  readonly beta: number;
  /** SafeDPO's offset, outside beta: the required gap is delta / beta nats. */
  readonly delta: number;
  /** cDPO's share of flipped preferences, 0 to 0.5. */
  readonly labelSmoothing: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Share of all steps spent warming up, 0 to 1. */
  readonly warmupShare: number;
  readonly weightDecay: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  /** Gradients are scaled down to this norm; 0 switches clipping off. */
  readonly maxGradNorm: number;
  /** Pairs in one micro-batch. */
  readonly batchSize: number;
  /** Micro-batches in one optimiser step. */
  readonly accumulate: number;
  /** Longest prompt plus response, in tokens. */
  readonly maxLength: number;
  /** `null` trains every parameter. */
  readonly lora: LoraSettings | null;
  readonly seed: number;
  readonly provider: ProviderName;
  /** As asked for; what it came to is in the job. */
  readonly precision: PrecisionChoice;
  readonly template: TemplateName;
  /** Compute a prompt once for chosen and rejected, in each batch where that is less work. */
  readonly sharedPrefix: boolean;
  /** Fewer kept layers save memory and cost time; `auto` keeps as many as the memory plan has room for. */
  readonly keptLayers: KeptLayers | 'auto';
  readonly threads: number;
  readonly checkpointEverySteps: number;
}

/** Settings of a run that was planned: nothing is left to choose. */
export type RunSettings = TrainSettings & { readonly keptLayers: KeptLayers };

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
