import { SvelteMap } from 'svelte/reactivity';
import type { Client } from '../../../../preload/contract/client.ts';
import type { PairDetail } from '../../../../preload/contract/operations/review.ts';
import type { Side } from '../../../../preload/contract/pairs.ts';
import type { Audit, ReviewRow } from '../../../../preload/contract/review-views.ts';
import { Loaded } from '../../../shared/loaded.svelte.ts';
import type { PairSet } from './pair-set.ts';
import { PairFilters } from './pair-filters.svelte.ts';
import { PairReader } from './pair-reader.ts';
import { outcomeTitle, transformSentence } from '../labels/transform.ts';
import type { LabelChange, LabelResult } from '../../../../preload/contract/operations/labels.ts';

const rowsAtOnce = 200;
/** Rows kept for scrolling back; the oldest go first, so that the memory of the page stays flat. */
const rowsKept = 1000;
/** Enough for any window; the list asks for the rest as it scrolls. */
const firstRows = Array.from({ length: 60 }, (_, position) => position);

/** The review page: the ids that match, their rows as they come into view, the focused pair, and the label commands. */
export class ReviewQueue {
  readonly filters: PairFilters;
  readonly rows = new SvelteMap<number, ReviewRow>();
  readonly detail = new Loaded<PairDetail>();
  active = $state(0);
  audit = $state.raw<Audit | null>(null);
  /** Go to the next pair by itself once both verdicts and the preference are there. */
  movesOn = $state(true);
  /** What others said is hidden. */
  blind = $state(false);
  /** Pairs that the reviewer has labelled since midnight. */
  labelledToday = $state(0);
  /** Why the focused pair is changed; kept with each change until another pair comes into focus. */
  why = $state('');
  /** What the last command did, for the live region. */
  said = $state('');
  /** What SafeDPO would have done with the focused pair before the change made on it just now. */
  before = $state.raw<{ readonly pairId: number; readonly sentence: string } | null>(null);
  #lastTurn: Promise<unknown> = Promise.resolve();
  readonly #asked = new Set<number>();
  readonly #reader: PairReader;
  readonly #client: Client;
  readonly #projectId: number;

  constructor(client: Client, projectId: number) {
    this.#client = client;
    this.#projectId = projectId;
    this.#reader = new PairReader(client, projectId);
    this.filters = new PairFilters(client, projectId, {
      rows: (rows) => this.#keep(rows),
      shown: (first) => this.#shown(first),
      counted: () => this.#countToday(),
    });
  }

  get ids(): Int32Array {
    return this.filters.result.value?.ids ?? new Int32Array();
  }

  /** Fast typing: each action begins when the one before it has ended, on the pair that it left in focus. */
  inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(action);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Opens a set of pairs. */
  async open(set: PairSet): Promise<void> {
    await Promise.all([this.#openSet(set), this.#countToday()]);
  }

  async #openSet(set: PairSet): Promise<void> {
    if (set.kind === 'query') return this.filters.type(set.query);
    if (set.kind === 'pairs') return this.filters.showOnly(set.pairIds);
    this.audit =
      (await this.#client.review.audits({ projectId: this.#projectId })).find(({ id }) => id === set.auditId) ?? null;
    await this.filters.showOnly(this.audit?.pairIds ?? []);
  }

  /** Brings a position of the list into focus. */
  async focus(position: number): Promise<void> {
    this.active = Math.max(0, Math.min(this.ids.length - 1, position));
    const pairId = this.ids[this.active];
    if (pairId !== this.detail.value?.pair.id) this.why = '';
    if (pairId === undefined) this.detail.value = null;
    else await this.detail.load(() => this.#reader.read(pairId));
    this.#readNext();
  }

  #readNext(): void {
    const next = this.ids[this.active + 1];
    if (next !== undefined) this.#reader.readAhead(next);
  }

  /** Reads the rows that are in view and not yet known. */
  async need(positions: readonly number[]): Promise<void> {
    const missing = positions
      .flatMap((position) => this.ids[position] ?? [])
      .filter((id) => !this.rows.has(id) && !this.#asked.has(id));
    await this.#readRows(missing.slice(0, rowsAtOnce));
  }

  async setBlind(blind: boolean): Promise<void> {
    this.blind = blind;
    this.before = null;
    this.rows.clear();
    this.#reader.blind = blind;
    this.#reader.forget();
    this.filters.blind = blind;
    await Promise.all([this.focus(this.active), this.need(this.#around()), this.filters.recount()]);
    this.said = blind ? 'Other reviewers’ labels are hidden.' : 'Other reviewers’ labels are shown.';
  }

  async verdict(side: Side, unsafe: boolean): Promise<void> {
    await this.change({ unsafe: side === 'a' ? { a: unsafe } : { b: unsafe } }, true);
  }

  async change(change: LabelChange, canComplete = false): Promise<void> {
    const { value } = this.detail;
    if (value === null) return;
    const pairId = value.pair.id;
    const given = {
      projectId: this.#projectId,
      pairIds: [pairId],
      version: value.version,
      change,
      why: this.why,
      blind: this.blind,
    };
    const result = await this.#client.labels.label(given).catch(async (error: unknown) => {
      await this.#readAgain();
      throw error;
    });
    await this.#take(result);
    const now = result.pairs[0]?.class ?? value.class;
    this.before = { pairId, sentence: transformSentence(value.pair) };
    this.said =
      now === value.class
        ? `Pair ${pairId} saved: ${outcomeTitle(now)}.`
        : `Pair ${pairId} saved: ${outcomeTitle(now)}, was ${outcomeTitle(value.class)}.`;
    if (canComplete && this.movesOn && this.audit === null && value.class === 'waiting' && now !== 'waiting')
      await this.focus(this.active + 1);
    else await this.focus(this.active);
  }

  /** The next pair of the list in which something is missing. */
  async nextUnlabelled(): Promise<void> {
    const position = await this.filters.positionOfNext(this.active, 'waiting');
    if (position === null) this.said = 'No later pair is waiting for a label.';
    else await this.focus(position);
  }

  /** Marks the focused pair of an audit as looked at and goes on. */
  async checked(): Promise<void> {
    const pairId = this.ids[this.active];
    if (this.audit === null || pairId === undefined) return;
    this.audit = await this.#client.review.markAudited({ projectId: this.#projectId, auditId: this.audit.id, pairId });
    this.said = `Checked ${this.audit.audited} of ${this.audit.pairIds.length}.`;
    await this.focus(this.active + 1);
  }

  /** Takes the last change back and brings its pair in view. */
  async undo(): Promise<void> {
    await this.#moveInHistory(
      await this.#client.labels.undo({ projectId: this.#projectId, blind: this.blind }),
      'undone',
      'Nothing to undo.',
    );
  }

  async redo(): Promise<void> {
    await this.#moveInHistory(
      await this.#client.labels.redo({ projectId: this.#projectId, blind: this.blind }),
      'redone',
      'Nothing to redo.',
    );
  }

  /** Reads again what changed elsewhere, e.g. by a bulk change of these pairs. */
  async changedElsewhere(said: string): Promise<void> {
    this.said = said;
    this.rows.clear();
    this.#reader.forget();
    await Promise.all([this.focus(this.active), this.need(this.#around()), this.filters.recount()]);
  }

  /**
   * Keeps the pair in focus as the library has it while other windows label too; returns the function that stops it.
   */
  followOthers(): () => void {
    return this.#client.review.countsFeed(
      { projectId: this.#projectId },
      {
        next: () => void this.inTurn(() => this.#readAgain()).catch(() => undefined),
        // The project follows the same feed and says that it broke.
        error: () => undefined,
      },
    );
  }

  /** The pair in focus and its row, where another window changed them. */
  async #readAgain(): Promise<void> {
    const { value } = this.detail;
    if (value === null) return;
    const { pair, blind } = { pair: value.pair, blind: this.blind };
    const now = await this.#client.review.pair({ projectId: this.#projectId, pairId: pair.id, blind });
    if (now.version === value.version || this.detail.value !== value) return;
    this.#reader.forget();
    this.detail.value = now;
    await this.#readRows([pair.id]);
    this.said = `Pair ${pair.id} was changed in another window.`;
  }

  async #countToday(): Promise<void> {
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    this.labelledToday = await this.#client.labels.labelledSince({
      projectId: this.#projectId,
      since: midnight.toISOString(),
    });
  }

  /** Begins at the first pair, which may have come with the list. */
  async #shown(first: PairDetail | null): Promise<void> {
    this.before = null;
    if (first === null) return void (await Promise.all([this.focus(0), this.need(firstRows)]));
    this.active = 0;
    this.why = '';
    await this.detail.load(() => Promise.resolve(first));
    this.#readNext();
  }

  async #moveInHistory(result: LabelResult, done: string, none: string): Promise<void> {
    await this.#take(result);
    this.before = null;
    const pairId = result.pairs[0]?.id;
    this.said =
      result.group === null
        ? none
        : (result.changed === 1 ? `Pair ${pairId} ${done}.` : `${result.changed} pairs ${done}.`) +
          keptText(result.kept);
    const position = pairId === undefined ? -1 : this.ids.indexOf(pairId);
    await this.focus(position < 0 ? this.active : position);
  }

  async #take({ pairs, changed }: LabelResult): Promise<void> {
    if (changed > pairs.length) {
      this.rows.clear();
      this.#reader.forget();
    }
    pairs.forEach((row) => {
      if (this.rows.has(row.id)) this.rows.set(row.id, row);
      this.#reader.forget(row.id);
    });
    this.filters.recountSoon();
    if (this.rows.size === 0) await this.need(this.#around());
  }

  /** The positions about the one in focus. */
  #around(): number[] {
    return firstRows.map((offset) => Math.max(0, this.active - 20) + offset);
  }

  async #readRows(pairIds: readonly number[]): Promise<void> {
    if (pairIds.length === 0) return;
    pairIds.forEach((id) => this.#asked.add(id));
    try {
      const rows = await this.#client.review.rows({
        projectId: this.#projectId,
        pairIds: [...pairIds],
        blind: this.blind,
      });
      this.#keep(rows);
    } finally {
      pairIds.forEach((id) => this.#asked.delete(id));
    }
  }

  #keep(rows: readonly ReviewRow[]): void {
    for (const row of rows) {
      // Those in use last go to the end: the first ones are given up.
      this.rows.delete(row.id);
      this.rows.set(row.id, row);
    }
    for (const id of this.rows.keys()) {
      if (this.rows.size <= rowsKept) break;
      this.rows.delete(id);
    }
  }
}

function keptText(kept: number): string {
  if (kept === 0) return '';
  return kept === 1
    ? ' 1 label was left as it is: it has changed since, or its pair was deleted.'
    : ` ${kept} labels were left as they are: they have changed since, or their pairs were deleted.`;
}
