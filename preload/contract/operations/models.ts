import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { ExportFormat } from '../../../native-models/vocabulary/lists.ts';

/** What a model folder holds and what can be done with it. */
export interface ModelReport {
  readonly name: string;
  readonly location: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly contextTokens: number;
  readonly dtype: string;
  readonly sizeBytes: number;
  readonly tokenizer: string;
  /** Whether the folder brings its own chat template. */
  readonly chatTemplate: boolean;
  /** A question and its answer as the template makes one text of them; empty where the tokenizer cannot be read. */
  readonly templateExample: string;
  readonly licence: { readonly file: string; readonly firstLine: string } | null;
  /** What is unusual about this folder, or about a format it can be exported to. */
  readonly notes: readonly string[];
  /** Names of linear layers that can carry an adapter. */
  readonly linearLayers: readonly string[];
  readonly trainable: boolean;
  /** Why not, when it cannot be trained here. */
  readonly reason: string | null;
  readonly ways: readonly ('lora' | 'full')[];
  readonly exportFormats: readonly ExportFormat[];
  /** Why a way of training or a format is not among them, by its name; empty where `reason` says it for all. */
  readonly notPossible: { readonly [wayOrFormat: string]: string };
}

const project = z.strictObject({ projectId: field.projectId });

export const models = {
  inspect: query<ModelReport>()(z.strictObject({ folder: field.fileHandle })),
  /** Takes the model for a project; refuses with the reason when it cannot be trained. */
  choose: command<ModelReport>()(project.extend({ folder: field.fileHandle })),
  current: query<ModelReport | null>()(project),
  /** The sha256 of each file of the project's model, as a run writes it down; reads all the weights. */
  hashes: query<readonly { readonly file: string; readonly sha256: string }[]>()(project),
};
