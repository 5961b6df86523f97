import type { PrecisionName } from '../../../native-models/vocabulary/lists.ts';
import type { KeptLayers } from '../../../native-models/vocabulary/setting-row.ts';

/** One side of a comparison, in a process of its own; both sides read the same file of pairs. */
export interface PeerCase {
  readonly model: string;
  /** JSON: a list of `{ prompt, chosen, rejected }`, token ids each. */
  readonly pairsFile: string;
  readonly provider: 'cpu' | 'cuda' | 'webgpu';
  readonly precision: PrecisionName;
  /** The adapter both start from, in PEFT's names: ours writes it, the peer reads it. */
  readonly adapterFile: string;
  /** Where int4 blocks are kept. */
  readonly cacheFolder: string;
  readonly pairsPerStep: number;
  readonly steps: number;
  readonly threads: number;
  /** Ours; the peer recomputes all layers, or none where all are kept. */
  readonly keptLayers: KeptLayers;
  /** Ours alone: where the profile of the steps goes. */
  readonly profilePrefix?: string;
}

export interface PeerResult {
  readonly secondsPerStep: readonly number[];
  readonly losses: readonly number[];
  /** Mean summed log-probability of the chosen responses before the first update. */
  readonly firstChosenLogp: number;
  readonly firstRejectedLogp: number;
  readonly peakMemoryBytes: number;
  readonly tokensPerStep: number;
  /** Of what computed this, by name. */
  readonly versions: { readonly [name: string]: string };
}

export interface PairTokens {
  readonly prompt: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}
