import type { Client } from '../../../preload/contract/client.ts';
import type {
  AnswerPair,
  AnswerVerdict,
  EvaluationSettings,
  EvaluationSummary,
} from '../../../preload/contract/operations/evaluation.ts';
import type { TaskProgress } from '../../../preload/contract/views.ts';
import { FollowedTask } from '../../shared/followed-task.svelte.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';
import { filterAnswers, nextVerdict, restoring, type AnswerFilter, type Judged } from './answers.ts';

const answersAtOnce = 200;

type Side = 'before' | 'after';

/**
 * The evaluations of a run and the answers of the one in view: the newest finished one, or an earlier one that was
 * chosen.
 */
export class EvaluateStep {
  readonly list = new Loaded<readonly EvaluationSummary[]>();
  readonly answers = new Loaded<readonly AnswerPair[]>();
  readonly task: FollowedTask<TaskProgress>;
  filter = $state<AnswerFilter>('changed');
  active = $state(0);
  #chosenId = $state<string | null>(null);
  readonly #newestFirst = $derived(
    (this.list.value ?? []).toSorted((left, right) => right.createdAt.localeCompare(left.createdAt)),
  );
  readonly finished = $derived(this.#newestFirst.filter(({ progress }) => progress.state === 'done'));
  readonly current = $derived(this.finished.find(({ id }) => id === this.#chosenId) ?? this.finished[0] ?? null);
  readonly running = $derived(this.#newestFirst.find(({ progress }) => progress.state === 'running') ?? null);
  /** The newest evaluation, where it was stopped or failed: it left no result. */
  readonly withoutResult = $derived(
    ['stopped', 'failed'].includes(this.#newestFirst[0]?.progress.state ?? '') ? (this.#newestFirst[0] ?? null) : null,
  );
  readonly shown = $derived(filterAnswers(this.answers.value ?? [], this.filter));
  /** What one's own verdicts replaced, the newest last. */
  #replaced = $state.raw<readonly { readonly answerId: number; readonly of: Side; readonly was: AnswerVerdict }[]>([]);
  readonly #client: Client;
  readonly #runId: string;
  readonly #changed: () => Promise<void>;

  constructor(client: Client, runId: string, changed: () => Promise<void>) {
    this.#client = client;
    this.#runId = runId;
    this.#changed = changed;
    this.task = new FollowedTask(client, client.evaluation.progressFeed, () => this.#finish());
  }

  async load(): Promise<void> {
    await this.list.load(() => this.#client.evaluation.list({ runId: this.#runId }));
    if (this.running !== null) this.task.follow(this.running.id, this.running.progress);
    await this.#loadAnswers();
  }

  /** Shows a finished evaluation. */
  async choose(evaluationId: string): Promise<void> {
    this.#chosenId = evaluationId;
    this.#replaced = [];
    this.active = 0;
    await this.#loadAnswers();
  }

  /** `promptFile`: the handle of a file of prompts; `null` takes those of the held-out pairs. */
  async start(settings: EvaluationSettings, promptFile: string | null): Promise<void> {
    const started = await this.#client.evaluation.start({ runId: this.#runId, settings, promptFile });
    this.task.follow(started.id, started.progress);
    await this.load();
  }

  /** A person's own verdict on one of the two answers; the same again takes it back. */
  async judge(answer: AnswerPair, of: Side, judged: Judged, value: boolean): Promise<void> {
    const was = answer.verdicts[of];
    await this.#say(answer.id, of, nextVerdict(was, judged, value));
    this.#replaced = [...this.#replaced, { answerId: answer.id, of, was }];
  }

  get canUndo(): boolean {
    return this.#replaced.length > 0;
  }

  /** Takes the last verdict back and shows the answer it was on. */
  async undo(): Promise<void> {
    const last = this.#replaced.at(-1);
    if (last === undefined) return;
    await this.#say(last.answerId, last.of, restoring(last.was));
    this.#replaced = this.#replaced.slice(0, -1);
    if (!this.shown.some(({ id }) => id === last.answerId)) this.filter = 'all';
    this.active = this.shown.findIndex(({ id }) => id === last.answerId);
  }

  async #say(answerId: number, of: Side, verdict: Omit<AnswerVerdict, 'source'>): Promise<void> {
    const current = this.current;
    if (current === null) return;
    const judged = await this.#client.evaluation.setVerdict({ evaluationId: current.id, answerId, of, ...verdict });
    this.answers.value = (this.answers.value ?? []).map((entry) => (entry.id === judged.id ? judged : entry));
    await this.list.load(() => this.#client.evaluation.list({ runId: this.#runId }));
  }

  async #finish(): Promise<void> {
    this.#chosenId = null;
    await Promise.all([this.load(), this.#changed()]);
  }

  async #loadAnswers(): Promise<void> {
    const shown = this.current?.id;
    if (shown !== undefined) await this.answers.load(() => this.#allAnswers(shown));
  }

  async #allAnswers(evaluationId: string): Promise<readonly AnswerPair[]> {
    const answers: AnswerPair[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = await this.#client.evaluation.answers({ evaluationId, after, limit: answersAtOnce });
      for (const row of page.rows) answers.push(row);
      after = page.next;
    }
    return answers;
  }
}
