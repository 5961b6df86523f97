import type { Client } from '../../../preload/contract/client.ts';
import type {
  ColumnMapping,
  DatasetPreview,
  DatasetSummary,
  GivenMeanings,
  ImportProgress,
  RenderedChoice,
  SplitView,
} from '../../../preload/contract/operations/datasets.ts';
import type { ErrorView } from '../../../preload/contract/views.ts';
import { FollowedTask } from '../../shared/followed-task.svelte.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';

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
  /** What the person said values mean, what becomes of rendered texts, and which columns are left out knowingly. */
  values = $state.raw<GivenMeanings>({});
  rendered = $state.raw<RenderedChoice | null>(null);
  leftOut = $state.raw<readonly string[]>([]);
  /** The import of the file in view, whose choices come back where it fails. */
  readonly task: FollowedTask<ImportProgress>;
  /** Why the import of the file in view failed. */
  failure = $state.raw<ErrorView | null>(null);
  #everyRow = false;
  /** Fields shown first: the usual ones and those that were detected. They keep their place while the person maps. */
  frontFields = $state.raw<ReadonlySet<string>>(new Set(usualFields));
  readonly #client: Client;
  readonly #projectId: number;
  readonly #changed: () => Promise<void>;

  constructor(client: Client, projectId: number, changed: () => Promise<void>) {
    this.#client = client;
    this.#projectId = projectId;
    this.#changed = changed;
    this.task = new FollowedTask(client, client.datasets.importProgress, (progress) => this.#finish(progress));
  }

  async load(): Promise<void> {
    const projectId = this.#projectId;
    await Promise.all([
      this.datasets.load(() => this.#client.datasets.list({ projectId })),
      this.split.load(() => this.#client.datasets.split({ projectId })),
    ]);
  }

  /** Opens files for mapping, one after the other: format and mapping are detected. */
  async open(files: readonly string[]): Promise<void> {
    const [file, ...rest] = files;
    if (file === undefined) return;
    this.waiting = rest;
    this.file = file;
    this.format = null;
    this.preview.value = null;
    this.#forgetChoices();
    await this.#detect();
  }

  async chooseFormat(format: string | null): Promise<void> {
    this.format = format;
    this.#forgetChoices();
    await this.#detect();
  }

  /** Maps a source column to a field of a pair; an empty column takes the field away. */
  async mapField(field: string, column: string): Promise<void> {
    const rest = Object.entries(this.mapping ?? this.preview.value?.mapping ?? {}).filter(([name]) => name !== field);
    this.mapping = Object.fromEntries(column === '' ? rest : [...rest, [field, column]]);
    this.values = Object.fromEntries(Object.entries(this.values).filter(([name]) => name !== field));
    this.format = null;
    await this.#readPreview();
  }

  /** Reads the file by the mapping that is only suggested. */
  async useSuggestion(): Promise<void> {
    this.mapping = this.preview.value?.mapping ?? null;
    await this.#detect();
  }

  /** Says what a value of a field's column means; an empty meaning leaves it to the program again. */
  async giveMeaning(field: string, value: string, meaning: string): Promise<void> {
    const rest = Object.entries(this.values[field] ?? {}).filter(([name]) => name !== value);
    this.values = { ...this.values, [field]: Object.fromEntries(meaning === '' ? rest : [...rest, [value, meaning]]) };
    await this.#readPreview();
  }

  async chooseRendered(choice: RenderedChoice): Promise<void> {
    this.rendered = choice;
    await this.#readPreview();
  }

  /** Leaves a column out knowingly, though it looks like part of the prompt. */
  async leaveOut(column: string, out: boolean): Promise<void> {
    const others = this.leftOut.filter((name) => name !== column);
    this.leftOut = out ? [...others, column] : others;
    await this.#readPreview();
  }

  /** Leaves the file in view and brings up the next one, if any. */
  close(): void {
    this.file = null;
    this.preview.value = null;
    this.preview.error = null;
    this.failure = null;
    void this.open(this.waiting);
  }

  /** Starts the import and follows it to its end. */
  async import(): Promise<void> {
    if (this.file === null) return;
    const { file, format, mapping, values, rendered, leftOut } = this;
    const { taskId } = await this.#client.datasets.import({
      projectId: this.#projectId,
      file,
      format,
      mapping,
      values,
      rendered,
      leftOut: [...leftOut],
    });
    this.failure = null;
    this.task.follow(taskId);
  }

  async changed(): Promise<void> {
    await Promise.all([this.load(), this.#changed()]);
  }

  async setSplit(heldOutShare: number): Promise<void> {
    const seed = this.split.value?.seed ?? 0;
    await this.split.load(() => this.#client.datasets.setSplit({ projectId: this.#projectId, heldOutShare, seed }));
    await this.#changed();
  }

  /** A file that was imported makes room for the next one; one that was not stays, with its mapping and the reason. */
  async #finish({ state, error }: ImportProgress): Promise<void> {
    if (state === 'done') this.close();
    else this.failure = error;
    if (error?.code === 'value-meaning-unclear') {
      this.#everyRow = true;
      await this.#readPreview();
    }
    await this.changed();
  }

  #forgetChoices(): void {
    this.mapping = null;
    this.values = {};
    this.rendered = null;
    this.leftOut = [];
    this.failure = null;
    this.#everyRow = false;
  }

  async #detect(): Promise<void> {
    await this.#readPreview();
    this.frontFields = new Set([...usualFields, ...Object.keys(this.preview.value?.mapping ?? {})]);
  }

  async #readPreview(): Promise<void> {
    const { file, format, mapping, values, rendered, leftOut } = this;
    const everyRow = this.#everyRow;
    if (file !== null)
      await this.preview.load(() =>
        this.#client.datasets.preview({ file, format, mapping, values, rendered, leftOut: [...leftOut], everyRow }),
      );
  }
}
