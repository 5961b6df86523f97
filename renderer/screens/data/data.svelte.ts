import type { Client } from '../../../preload/contract/client.ts';
import type { ColumnMapping, DatasetPreview, DatasetSummary, ImportProgress, SplitView } from '../../../preload/contract/operations/datasets.ts';
import { Loaded } from '../../app/loaded.svelte.ts';

/** What most files hold; the other fields stand behind them. */
const usualFields = ['prompt', 'responseA', 'responseB', 'preferred', 'unsafeA', 'unsafeB'];

/** The data step: the datasets of a project, the file being mapped, the imports under way, the split. */
export class DataStep {
  readonly datasets = new Loaded<readonly DatasetSummary[]>();
  readonly split = new Loaded<SplitView>();
  readonly preview = new Loaded<DatasetPreview>();
  /** The picked file waiting to be imported. */
  file = $state.raw<string | null>(null);
  /** Picked or dropped with it: each comes up when the one before is imported or cancelled. */
  waiting = $state.raw<readonly string[]>([]);
  format = $state.raw<string | null>(null);
  mapping = $state.raw<ColumnMapping | null>(null);
  /** Fields shown first: the usual ones and those that were detected. They keep their place while the person maps. */
  frontFields = $state.raw<ReadonlySet<string>>(new Set(usualFields));
  progress = $state.raw<ImportProgress | null>(null);
  #taskId: string | null = null;
  #unfollow: (() => void) | null = null;
  readonly #client: Client;
  readonly #projectId: number;
  readonly #changed: () => Promise<void>;

  constructor(client: Client, projectId: number, changed: () => Promise<void>) {
    this.#client = client;
    this.#projectId = projectId;
    this.#changed = changed;
  }

  async load(): Promise<void> {
    const projectId = this.#projectId;
    await Promise.all([this.datasets.load(() => this.#client.datasets.list({ projectId })), this.split.load(() => this.#client.datasets.split({ projectId }))]);
  }

  /** Opens files for mapping, one after the other: format and mapping are detected. */
  async open(files: readonly string[]): Promise<void> {
    const [file, ...rest] = files;
    if (file === undefined) return;
    this.waiting = rest;
    this.file = file;
    this.format = null;
    this.mapping = null;
    this.preview.value = null;
    await this.#detect();
  }

  async chooseFormat(format: string | null): Promise<void> {
    this.format = format;
    this.mapping = null;
    await this.#detect();
  }

  /** Maps a source column to a field of a pair; an empty column takes the field away. */
  async mapField(field: string, column: string): Promise<void> {
    const rest = Object.entries(this.mapping ?? this.preview.value?.mapping ?? {}).filter(([name]) => name !== field);
    this.mapping = Object.fromEntries(column === '' ? rest : [...rest, [field, column]]);
    this.format = null;
    await this.#readPreview();
  }

  /** Leaves the file in view and brings up the next one, if any. */
  close(): void {
    this.file = null;
    this.preview.value = null;
    this.preview.error = null;
    void this.open(this.waiting);
  }

  /** Starts the import and follows it to its end. */
  async import(): Promise<void> {
    if (this.file === null) return;
    const { taskId } = await this.#client.datasets.import({ projectId: this.#projectId, file: this.file, format: this.format, mapping: this.mapping });
    this.close();
    this.#taskId = taskId;
    this.#unfollow = this.#client.datasets.importProgress({ taskId }, {
      next: (progress) => {
        this.progress = progress;
        if (progress.state !== 'running') void this.#finish();
      },
      error: (error) => {
        this.preview.error = error;
      },
    });
  }

  async cancel(): Promise<void> {
    if (this.#taskId !== null) await this.#client.datasets.cancelImport({ taskId: this.#taskId });
  }

  /** Stops following; the import itself goes on. */
  stop(): void {
    this.#unfollow?.();
  }

  async changed(): Promise<void> {
    await Promise.all([this.load(), this.#changed()]);
  }

  async setSplit(heldOutShare: number): Promise<void> {
    const seed = this.split.value?.seed ?? 0;
    await this.split.load(() => this.#client.datasets.setSplit({ projectId: this.#projectId, heldOutShare, seed }));
    await this.#changed();
  }

  async #finish(): Promise<void> {
    this.#unfollow?.();
    this.#taskId = null;
    await this.changed();
  }

  async #detect(): Promise<void> {
    await this.#readPreview();
    this.frontFields = new Set([...usualFields, ...Object.keys(this.preview.value?.mapping ?? {})]);
  }

  async #readPreview(): Promise<void> {
    const { file, format, mapping } = this;
    if (file !== null) await this.preview.load(() => this.#client.datasets.preview({ file, format, mapping }));
  }
}
