import type { Client } from '../../../preload/contract/client.ts';
import { ContractError } from '../../../preload/contract/errors.ts';
import type {
  LengthReport,
  MemoryPlan,
  RunExtent,
  TimeEstimate,
  TokenPreview,
} from '../../../preload/contract/operations/hyperparameters.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';

const settleMilliseconds = 300;

/** The lengths that the truncation table compares, within the model's context and with the chosen one among them. */
export function comparedLengths(chosen: number, contextTokens: number): number[] {
  const usual = [256, 512, 1024, 2048].filter((length) => length <= contextTokens);
  return [...new Set([...usual, chosen])].sort((left, right) => left - right);
}

/** The settings of the next run, saved as they change, and what follows from them: memory, lengths, tokens, time. */
export class HyperparametersStep {
  readonly described = new Loaded<Awaited<ReturnType<Client['hyperparameters']['describe']>>>();
  readonly plan = new Loaded<MemoryPlan>();
  readonly extent = new Loaded<RunExtent>();
  readonly lengths = new Loaded<LengthReport>();
  readonly tokens = new Loaded<TokenPreview>();
  readonly time = new Loaded<TimeEstimate>();
  settings = $state.raw<TrainSettings | null>(null);
  /** Why the settings in view are not saved. */
  refused = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether the settings in view differ from what was last sent to the library. */
  #unwritten = false;
  #writing: Promise<void> | null = null;
  /** Whether what has changed since that was computed changes how pairs become tokens. */
  #tokensChange = false;
  readonly #client: Client;
  readonly #projectId: number;

  constructor(client: Client, projectId: number) {
    this.#client = client;
    this.#projectId = projectId;
  }

  async load(): Promise<void> {
    const projectId = this.#projectId;
    try {
      this.settings = await this.#client.hyperparameters.current({ projectId });
    } catch (error) {
      this.refused = error;
    }
    await this.described.load(() => this.#client.hyperparameters.describe({ projectId }));
    await this.#derive(true);
  }

  /**
   * Takes over what another page saved, and looks again at what follows from changed data; what is being typed here
   * stays.
   */
  async reload(): Promise<void> {
    const saved = await this.#client.hyperparameters.current({ projectId: this.#projectId });
    if (this.#timer !== null || this.#writing !== null) return;
    if (JSON.stringify(saved) !== JSON.stringify(this.settings)) this.settings = saved;
    await this.#derive(true);
  }

  /** Changes settings at once, here and in the library; what follows from them is computed when the person pauses. */
  change(change: Partial<TrainSettings>): void {
    if (this.settings === null) return;
    this.settings = { ...this.settings, ...change };
    this.time.value = null;
    if (change.maxLength !== undefined || change.template !== undefined) this.#tokensChange = true;
    this.#unwritten = true;
    this.#writing ??= this.#write();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#settle(), settleMilliseconds);
  }

  /** Waits until what is in view is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async estimateTime(): Promise<void> {
    const settings = this.settings;
    if (settings === null) return;
    await this.time.load(() => this.#client.hyperparameters.timeEstimate({ projectId: this.#projectId, settings }));
    if (this.time.error instanceof ContractError && this.time.error.code === 'task-cancelled') this.time.error = null;
  }

  /** Ends the measuring under way; asking for that is no error. */
  async stopEstimate(): Promise<void> {
    await this.#client.hyperparameters.stopTimeEstimate({ projectId: this.#projectId });
  }

  async showPair(pairId: number | null): Promise<void> {
    const settings = this.settings;
    if (settings === null) return;
    const { template, maxLength } = settings;
    await this.tokens.load(() =>
      this.#client.hyperparameters.tokenPreview({ projectId: this.#projectId, pairId, template, maxLength }),
    );
  }

  /** One write at a time, until nothing has changed meanwhile. */
  async #write(): Promise<void> {
    while (this.#unwritten && this.settings !== null) {
      this.#unwritten = false;
      try {
        await this.#client.hyperparameters.save({ projectId: this.#projectId, settings: this.settings });
        this.refused = null;
      } catch (error) {
        this.refused = error;
      }
    }
    this.#writing = null;
  }

  async #settle(): Promise<void> {
    this.#timer = null;
    await this.#writing;
    if (this.refused !== null) return;
    const tokensToo = this.#tokensChange;
    this.#tokensChange = false;
    await this.#derive(tokensToo);
  }

  async #derive(tokensToo: boolean): Promise<void> {
    const settings = this.settings;
    if (settings === null) return;
    const projectId = this.#projectId;
    const reads = [
      this.plan.load(() => this.#client.hyperparameters.memoryPlan({ projectId, settings })),
      this.extent.load(() => this.#client.hyperparameters.extent({ projectId, settings })),
    ];
    if (tokensToo) {
      const { template, maxLength } = settings;
      reads.push(
        this.lengths.load(() =>
          this.#client.hyperparameters.lengths({
            projectId,
            template,
            maxLengths: comparedLengths(maxLength, this.described.value?.contextTokens ?? Infinity),
          }),
        ),
        this.showPair(this.tokens.value?.pairId ?? null),
      );
    }
    await Promise.all(reads);
  }
}
