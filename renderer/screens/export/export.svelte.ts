import type { Client } from '../../../preload/contract/client.ts';
import type { DtypeOffer, ExportDtype, ExportFormat, ExportSummary, FormatOffer } from '../../../preload/contract/operations/exports.ts';
import type { PickedFile } from '../../../preload/contract/operations/files.ts';
import type { TaskProgress } from '../../../preload/contract/views.ts';
import { Loaded } from '../../app/loaded.svelte.ts';

/** The export step of one run: formats on offer, the choice, the export under way, the exports made. */
export class ExportStep {
  readonly formats = new Loaded<readonly FormatOffer[]>();
  readonly made = new Loaded<readonly ExportSummary[]>();
  format = $state.raw<ExportFormat>('safetensors');
  /** null: as the start model stores its weights. */
  dtype = $state.raw<ExportDtype | null>(null);
  folderName = $state('');
  /** null: the library's exports folder. */
  into = $state.raw<PickedFile | null>(null);
  progress = $state.raw<TaskProgress | null>(null);
  readonly offer = $derived(this.formats.value?.find((offer) => offer.format === this.format) ?? null);
  readonly dtypeOffer = $derived<DtypeOffer | null>(this.offer?.dtypes.find(({ dtype }) => dtype === this.dtype) ?? null);
  #running: string | null = null;
  #unfollow: (() => void) | null = null;
  readonly #client: Client;
  readonly #runId: string;
  readonly #changed: () => Promise<void>;

  constructor(client: Client, runId: string, changed: () => Promise<void>) {
    this.#client = client;
    this.#runId = runId;
    this.#changed = changed;
    this.folderName = `${runId}-safetensors`;
  }

  async load(): Promise<void> {
    const runId = this.#runId;
    await Promise.all([this.formats.load(() => this.#client.exports.formats({ runId })), this.made.load(() => this.#client.exports.list({ runId }))]);
    const running = this.made.value?.find((summary) => summary.progress.state === 'running');
    if (running !== undefined) this.#follow(running.id);
  }

  choose(format: ExportFormat): void {
    if (this.folderName === `${this.#runId}-${this.format}`) this.folderName = `${this.#runId}-${format}`;
    this.format = format;
  }

  async start(): Promise<void> {
    const started = await this.#client.exports.start({ runId: this.#runId, format: this.format, dtype: this.dtypeOffer?.dtype ?? null, into: this.into?.handle ?? null, folderName: this.folderName });
    this.#follow(started.id);
    await this.load();
  }

  async stop(): Promise<void> {
    if (this.#running !== null) await this.#client.exports.stop({ exportId: this.#running });
  }

  unfollow(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }

  #follow(taskId: string): void {
    if (this.#unfollow !== null) return;
    this.#running = taskId;
    this.#unfollow = this.#client.exports.progressFeed({ taskId }, {
      next: (progress) => {
        this.progress = progress;
        if (progress.state !== 'running') void this.#finish(progress);
      },
      error: (error) => {
        this.made.error = error;
      },
    });
  }

  async #finish(progress: TaskProgress): Promise<void> {
    this.unfollow();
    this.progress = progress.error === null ? null : progress;
    await Promise.all([this.load(), this.#changed()]);
  }
}
