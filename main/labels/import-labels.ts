import { badInput } from '../../native-models/failure.ts';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { eventLog } from './edit.ts';
import type { EventLog, LoggedPair } from './edit.ts';
import { changedSince, changeOf } from './event-record.ts';
import { readField, writeField } from './field-value.ts';
import type { FieldValue } from './field-value.ts';
import { readLabelFile } from './label-file.ts';
import type { EventRecord, LabelFileFormat, PairRecord } from './label-file.ts';
import { baselineOf, portableState } from './state.ts';
import type { BaselineRow, PairState } from './state.ts';

const issueCodes = [
  'bad-record',
  'unknown-pair',
  'other-imported-labels',
  'changed-event',
  'incomplete-history',
  'clash',
] as const;

/** Why a line of a labels file cannot be taken. */
export interface LabelIssue {
  readonly line: number;
  readonly code: (typeof issueCodes)[number];
  readonly message: string;
}

/** What an import of labels did. `known`: events the library had already. */
export interface ImportedLabels {
  readonly pairs: number;
  readonly events: number;
  readonly known: number;
}

const issuesShown = 20;

/**
 * Takes the labels of another library, with their history: its events are appended to this library's log under
 * their own reviewers, times and reasons. All of the file is taken, or nothing.
 * @throws Failure `labels-not-imported`: details count the issues by code and list the first 20 with their lines
 */
export function importLabels(
  library: Library,
  projectId: number,
  text: string,
  format: LabelFileFormat,
): ImportedLabels {
  return transact(library, () => {
    const reader = new LabelImport(library, projectId);
    for (const record of readLabelFile(text, format)) {
      if ('problem' in record) reader.issues.push({ line: record.line, code: 'bad-record', message: record.problem });
      else if ('pair' in record) reader.comparePair(record.line, record.pair);
      else reader.takeEvent(record.line, record.event);
    }
    reader.compareOutcome();
    if (reader.issues.length > 0) throw notImported(reader.issues);
    return { pairs: reader.pairs, events: reader.events, known: reader.known };
  });
}

class LabelImport {
  readonly issues: LabelIssue[] = [];
  pairs = 0;
  events = 0;
  known = 0;
  readonly #projectId: number;
  readonly #log: EventLog;
  readonly #baseline;
  readonly #isKnown;
  /**
   * What the file says each of its pairs comes to, and what its imported labels and events come to, by content hash.
   */
  readonly #told = new Map<string, { readonly line: number; readonly current: string; replayed: PairState }>();

  constructor(library: Library, projectId: number) {
    this.#projectId = projectId;
    this.#log = eventLog(library);
    this.#baseline = library.db.prepare<[number, string], BaselineRow & { id: number }>(
      'SELECT * FROM current_pairs WHERE project_id = ? AND content_hash = unhex(?)',
    );
    this.#isKnown = library.db
      .prepare<[number, string, string], number>(
        'SELECT 1 FROM label_events WHERE project_id = ? AND (hash = ? OR origin_hash = ?)',
      )
      .pluck();
  }

  comparePair(line: number, record: PairRecord): void {
    const here = this.#baseline.get(this.#projectId, record.pair);
    this.pairs += 1;
    if (here === undefined)
      this.#refuse(
        line,
        'unknown-pair',
        `no pair of this project has the content hash ${record.pair}; import the dataset first`,
      );
    else this.#told.set(record.pair, { line, current: canonicalJson(record.current), replayed: baselineOf(here) });
    if (here !== undefined && canonicalJson(portableState(baselineOf(here))) !== canonicalJson(record.imported))
      this.#refuse(
        line,
        'other-imported-labels',
        `the dataset of this library says something else about pair ${here.id} than the dataset the file was made from`,
      );
  }

  takeEvent(line: number, record: EventRecord): void {
    const { hash } = record;
    const changed = changedSince(record);
    if (changed !== null) return this.#refuse(line, 'changed-event', changed);
    const here = this.#baseline.get(this.#projectId, record.pair);
    if (here === undefined)
      return this.#refuse(
        line,
        'unknown-pair',
        `no pair of this project has the content hash ${record.pair}; import the dataset first`,
      );
    const change = changeOf(record);
    if (typeof change === 'string') return this.#refuse(line, 'bad-record', change);
    const told = this.#told.get(record.pair);
    if (told === undefined)
      return this.#refuse(line, 'bad-record', `the file has no line for the pair ${record.pair} before its events`);
    told.replayed = writeField(told.replayed, change, record.seq);
    if (this.#isKnown.get(this.#projectId, hash, hash) !== undefined) return void (this.known += 1);
    const pair = this.#log.pair(this.#projectId, here.id);
    const current = canonicalJson(readField(pair.state, change));
    if (current !== record.old)
      return this.#refuse(
        line,
        'clash',
        `${record.field} of pair ${here.id} is ${current} here, but ${record.reviewer} changed it from ` +
          `${record.old} to ${record.new}`,
      );
    this.#append(record, pair, change);
  }

  /**
   * Finds pairs whose events in the file do not lead to the labels the file gives them: lines are missing or were
   * added.
   */
  compareOutcome(): void {
    for (const [hash, { line, current, replayed }] of this.#told)
      if (canonicalJson(portableState(replayed)) !== current)
        this.#refuse(
          line,
          'incomplete-history',
          `the events in the file do not lead to the current labels it gives for the pair ${hash}`,
        );
  }

  #append(record: EventRecord, pair: LoggedPair, change: FieldValue): void {
    const { group, kind, target, at, reviewer, side, field, old, reason } = record;
    this.#log.append(
      {
        group,
        kind,
        target,
        projectId: this.#projectId,
        at,
        reviewer,
        side,
        field,
        old,
        new: record.new,
        reason,
        origin: canonicalJson(record),
      },
      pair,
      change,
    );
    this.events += 1;
  }

  #refuse(line: number, code: LabelIssue['code'], message: string): void {
    this.issues.push({ line, code, message });
  }
}

function notImported(issues: readonly LabelIssue[]): Error {
  const counts = Object.fromEntries(
    issueCodes.map((code) => [code, issues.filter((issue) => issue.code === code).length]),
  );
  const shown = issues.slice(0, issuesShown);
  const list = shown.map(({ line, code, message }) => `line ${line}: ${code}: ${message}`).join('\n');
  const more = issues.length > shown.length ? `\nand ${issues.length - shown.length} more` : '';
  return badInput(
    'labels-not-imported',
    `The labels file has ${issues.length} problems, so nothing was imported.\n${list}${more}`,
    {
      ...counts,
      issues: shown.map(({ line, code, message }) => ({ line, code, message })),
    },
  );
}
