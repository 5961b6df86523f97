import type { Client } from '../../../preload/contract/client.ts';
import type { EvaluationSummary } from '../../../preload/contract/operations/evaluation.ts';
import { worsenings } from '../../../preload/contract/worsening.ts';
import type { DtypeOffer, ExportSummary, FormatOffer } from '../../../preload/contract/operations/exports.ts';
import type { PickedFile } from '../../../preload/contract/operations/files.ts';
import type { TaskProgress } from '../../../preload/contract/views.ts';
import { FollowedTask } from '../../shared/followed-task.svelte.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';
import { type ExportFormat, type ExportDtype, defaultExportFormat } from '../../../native-models/vocabulary/lists.ts';

/** The export step of one run: formats on offer, the choice, the export under way, the exports made. */
export class ExportStep {
  readonly formats = new Loaded<readonly FormatOffer[]>();
  readonly made = new Loaded<readonly ExportSummary[]>();
  format = $state.raw<ExportFormat>(defaultExportFormat);
  /** null: as the start model stores its weights. */
  dtype = $state.raw<ExportDtype | null>(null);
  readonly steps = new Loaded<readonly number[]>();
  /** null: the newest checkpoint. */
  step = $state.raw<number | null>(null);
  readonly evaluations = new Loaded<readonly EvaluationSummary[]>();
  readonly #chosenStep = $derived(this.step ?? this.steps.value?.[0] ?? null);
  /** The newest evaluation of the checkpoint that will be exported. */
  readonly evaluation = $derived(
    (this.evaluations.value ?? [])
      .filter(({ step, progress }) => progress.state === 'done' && step !== null && step === this.#chosenStep)
      .toSorted((left, right) => right.createdAt.localeCompare(left.createdAt))[0] ?? null,
  );
  readonly worsened = $derived(this.evaluation !== null && worsenings(this.evaluation).length > 0);
  /** The evaluation in spite of which a person wants to export. */
  #accepted = $state.raw<string | null>(null);
  folderName = $state('');
  /** null: the library's exports folder. */
  into = $state.raw<PickedFile | null>(null);
  readonly task: FollowedTask<TaskProgress>;
  readonly offer = $derived(this.formats.value?.find((offer) => offer.format === this.format) ?? null);
  readonly dtypeOffer = $derived<DtypeOffer | null>(
    this.offer?.dtypes.find(({ dtype }) => dtype === this.dtype) ?? null,
  );
  /** Newest first. */
  readonly finished = $derived((this.made.value ?? []).filter(({ selfTest }) => selfTest !== null));
  /** Why the last export left nothing; `null` where it did. */
  readonly failure = $derived(
    (this.made.value ?? []).find(({ progress }) => progress.state === 'failed')?.progress.error ?? null,
  );
  readonly #client: Client;
  readonly #runId: string;
  readonly #changed: () => Promise<void>;

  constructor(client: Client, runId: string, changed: () => Promise<void>) {
    this.#client = client;
    this.#runId = runId;
    this.#changed = changed;
    this.task = new FollowedTask(client, client.exports.progressFeed, () => this.#finish());
    this.folderName = this.#freeName(defaultExportFormat);
  }

  async load(): Promise<void> {
    const runId = this.#runId;
    await Promise.all([
      this.formats.load(() => this.#client.exports.formats({ runId })),
      this.steps.load(() => this.#client.exports.steps({ runId })),
      this.made.load(() => this.#client.exports.list({ runId })),
      this.evaluations.load(() => this.#client.evaluation.list({ runId })),
    ]);
    const running = this.made.value?.find((summary) => summary.progress.state === 'running');
    if (running !== undefined) this.task.follow(running.id, running.progress);
    if (this.#suggested(this.folderName)) this.folderName = this.#freeName(this.format);
  }

  /** Whether a person wants to export although the evaluation says that training made the model worse. */
  get accepted(): boolean {
    return this.evaluation !== null && this.#accepted === this.evaluation.id;
  }

  set accepted(yes: boolean) {
    this.#accepted = yes ? (this.evaluation?.id ?? null) : null;
  }

  choose(format: ExportFormat): void {
    if (this.#suggested(this.folderName)) this.folderName = this.#freeName(format);
    this.format = format;
  }

  async start(): Promise<void> {
    const started = await this.#client.exports.start({
      runId: this.#runId,
      format: this.format,
      dtype: this.dtypeOffer?.dtype ?? null,
      step: this.step,
      into: this.into?.handle ?? null,
      folderName: this.folderName,
    });
    this.task.follow(started.id, started.progress);
    await this.load();
  }

  async #finish(): Promise<void> {
    await Promise.all([this.load(), this.#changed()]);
  }

  /** Whether a folder name is one of ours and not a person's. */
  #suggested(name: string): boolean {
    return new RegExp(`^${this.#runId}-${this.format}(-\\d+)?$`).test(name);
  }

  /** A name that no export of this run has taken. */
  #freeName(format: ExportFormat): string {
    const taken = new Set((this.made.value ?? []).map(({ location }) => location.split(/[\\/]/).at(-1)));
    const name = `${this.#runId}-${format}`;
    for (let number = 1; ; number += 1) {
      const candidate = number === 1 ? name : `${name}-${number}`;
      if (!taken.has(candidate)) return candidate;
    }
  }
}
