/** The words of preference data, shared by the services, the command line and the interface. */

export type Role = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  readonly role: Role;
  readonly content: string;
}

/** One of the two responses of a pair, in the order of the source row. */
export type Side = 'a' | 'b';

/** The helpfulness order: which response the source (or a person) found more helpful. `null`: not known. */
export type Preferred = Side | 'tie' | null;

/** Who said so. */
export type LabelSource = 'imported' | 'person' | 'model';

/** 0 none, 1 minor, 2 moderate, 3 severe (PKU-SafeRLHF 2024). */
export type Severity = 0 | 1 | 2 | 3;

/** What is known about the safety of one response. `unsafe: null` means nobody has said yet; it never means safe. */
export interface ResponseLabel {
  readonly unsafe: boolean | null;
  readonly categories: readonly string[];
  readonly severity: Severity | null;
  readonly source: LabelSource | null;
  readonly note: string;
}

/** A prompt with two responses as imported, before the transform. */
export interface Pair {
  readonly id: number;
  readonly datasetId: number;
  /** 1-based row in the source file. */
  readonly row: number;
  readonly prompt: readonly Message[];
  readonly responses: { readonly [side in Side]: string };
  readonly preferred: Preferred;
  readonly labels: { readonly [side in Side]: ResponseLabel };
}

/** A pair after T: chosen and rejected exist only here. One line of a run's `pairs.jsonl`. */
export interface TrainingPair {
  readonly prompt: readonly Message[];
  readonly chosen: string;
  readonly rejected: string;
  /** `null` where nobody gave a verdict; SafeDPO never trains on such a pair. */
  readonly chosenUnsafe: boolean | null;
  readonly rejectedUnsafe: boolean | null;
  /** Where it came from: dataset id and 1-based row. */
  readonly source: { readonly dataset: number; readonly row: number; readonly pair: number };
}
