import { hasTrained } from './has-trained.ts';
import type { Client } from '../../preload/contract/client.ts';
import type { ProjectSummary } from '../../preload/contract/operations/projects.ts';
import type { PairCounts } from '../../preload/contract/pair-counts.ts';
import type { RunSummary } from '../../preload/contract/operations/runs.ts';
import { stepStates, type ProjectFacts, type StepState } from './step-states.ts';
import type { WizardStep } from '../../native-models/vocabulary/lists.ts';

/** The project that is open: its summary, counts, runs and the state of each step. */
export class OpenProject {
  readonly id: number;
  summary = $state.raw<ProjectSummary | null>(null);
  counts = $state.raw<PairCounts | null>(null);
  runs = $state.raw<readonly RunSummary[]>([]);
  error = $state.raw<unknown>(null);
  #facts = $state.raw<Omit<ProjectFacts, 'counts'> | null>(null);
  readonly states: { readonly [step in WizardStep]: StepState } | null = $derived(
    this.#facts === null || this.counts === null ? null : stepStates({ ...this.#facts, counts: this.counts }),
  );
  readonly #client: Client;

  constructor(client: Client, id: number) {
    this.#client = client;
    this.id = id;
  }

  /** Follows the counts and reads the rest; returns the function that stops it. */
  start(): () => void {
    void this.#read();
    return this.#client.review.countsFeed(
      { projectId: this.id },
      {
        next: (counts) => {
          this.counts = counts;
        },
        error: (error) => {
          this.error = error;
        },
      },
    );
  }

  /** The run that a screen shows: the one named, else the newest. */
  run(runId: string | null): RunSummary | null {
    return (runId === null ? this.runs[0] : this.runs.find((run) => run.id === runId)) ?? null;
  }

  /** The run of that id, or the newest one that trained something. */
  trainedRun(runId: string | null): RunSummary | null {
    return (runId === null ? this.runs.find(hasTrained) : this.runs.find((run) => run.id === runId)) ?? null;
  }

  /** Reads the project again: call it after a step changed something. */
  async refresh(): Promise<void> {
    try {
      this.counts = await this.#client.review.counts({ projectId: this.id });
    } catch (error) {
      this.error = error;
      return;
    }
    await this.#read();
  }

  /** Reads all but the counts, the summary first: a screen can start with it. */
  async #read(): Promise<void> {
    const projectId = this.id;
    try {
      this.summary = await this.#client.projects.get({ projectId });
      const [datasets, runs] = await Promise.all([
        this.#client.datasets.list({ projectId }),
        this.#client.runs.list({ projectId, trashed: false }),
      ]);
      const newestFirst = runs.toSorted((left, right) => right.createdAt.localeCompare(left.createdAt));
      const newest = newestFirst[0];
      const trained = newestFirst.find(hasTrained);
      const [evaluations, exported] =
        trained === undefined
          ? [[], []]
          : await Promise.all([
              this.#client.evaluation.list({ runId: trained.id }),
              this.#client.exports.list({ runId: trained.id }),
            ]);
      this.runs = newestFirst;
      this.#facts = {
        hasModel: this.summary.model !== null,
        newestDatasetAt:
          datasets
            .filter((dataset) => dataset.trashedAt === null)
            .map((dataset) => dataset.importedAt)
            .toSorted()
            .at(-1) ?? null,
        newestRun:
          newest === undefined
            ? null
            : { state: newest.progress.state, createdAt: newest.createdAt, trained: hasTrained(newest) },
        hasTrainedRun: trained !== undefined,
        evaluated: evaluations.some((evaluation) => evaluation.progress.state === 'done'),
        exported: exported.some((summary) => summary.progress.state === 'done'),
      };
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }
}
