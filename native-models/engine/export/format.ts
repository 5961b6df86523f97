import type { DecoderConfig } from '../../families/decoder-config.ts';
import type { Failure } from '../../failure.ts';
import type { ModelFolder } from '../../model-folder/model-folder.ts';
import type { PublishedName } from '../../formats/published-name.ts';
import type { TensorEntry } from '../../formats/safetensors/header.ts';
import type { ExportDtype } from '../../vocabulary/lists.ts';
import type { ExportJob } from './job.ts';
import type { ExportedTensors } from './weight-check/exported-tensors.ts';

/** What decides whether a model can be exported. */
export interface ExportedModel {
  readonly dir: string;
  readonly config: DecoderConfig;
  /** `null`: it has not been trained yet. */
  readonly trainsAdapter: boolean | null;
}

/** What decides how much an export takes. */
export interface ExportSizes {
  readonly config: DecoderConfig;
  /** Of all weights in the element type they are exported in. */
  readonly weightBytes: number;
  readonly adapterBytes: number;
}

/** How an export is loaded again to score pairs. */
export type Reloaded =
  | { readonly as: 'model-folder' }
  /** Made into a model folder at `out` first, which takes as much space again. */
  | { readonly as: 'unpacked'; readonly unpack: (folder: string, source: ModelFolder, out: string) => Promise<void> }
  | { readonly as: 'published-graph' };

/**
 * An export format: all that the program does with it. What a person reads of it is in `vocabulary/export-formats.ts`.
 */
export interface ExportFormatDefinition {
  /** Which tensors it holds: the adapter's, those the decoder reads, or all that the start model's folder has. */
  readonly holds: 'adapter' | 'decoder' | 'folder';
  /** Whether the person chooses the element type of the matrices; else everything is float32. */
  readonly choosesDtype: boolean;
  /** The type it stores a tensor in; `asked` is `null` where nobody chose one. */
  readonly storedDtype: (
    entry: Pick<TensorEntry, 'dtype' | 'shape'>,
    asked: ExportDtype | null,
  ) => TensorEntry['dtype'];
  /** Why the model cannot be written in it; `null` where it can. */
  readonly refuses: (model: ExportedModel) => Promise<Failure | null>;
  /** What works otherwise in this format than it was trained, in sentences. */
  readonly limits: (config: DecoderConfig) => readonly string[];
  /** The files that take space, with their sizes. */
  readonly files: (sizes: ExportSizes) => readonly { readonly name: string; readonly bytes: number }[];
  /** `library_name` of the Hub, and how others load it, for the model card. */
  readonly card: { readonly library: string; readonly use: (published: PublishedName) => string };
  /** Writes it into `job.out`; gives the names of the files. */
  readonly write: (job: ExportJob) => Promise<readonly string[]>;
  /** What was written into `folder`, by the names of the start model's tensors, or of the adapter's. */
  readonly read: (folder: string, config: DecoderConfig) => Promise<ExportedTensors>;
  /** `null`: it is no model of its own and is not scored. */
  readonly reloaded: Reloaded | null;
}
