import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { ExportFormat } from './exports.ts';

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
  readonly licence: { readonly file: string; readonly firstLine: string } | null;
  /** Names of linear layers that can carry an adapter. */
  readonly linearLayers: readonly string[];
  readonly trainable: boolean;
  /** Why not, when it cannot be trained here. */
  readonly reason: string | null;
  readonly ways: readonly ('lora' | 'full')[];
  readonly exportFormats: readonly ExportFormat[];
}

const project = z.strictObject({ projectId: field.projectId });

export const models = {
  inspect: query<ModelReport>()(z.strictObject({ folder: field.fileHandle })),
  /** Takes the model for a project; refuses with the reason when it cannot be trained. */
  choose: command<ModelReport>()(project.extend({ folder: field.fileHandle })),
  current: query<ModelReport | null>()(project),
};
