/** Output shapes that several operations share. Times are ISO 8601 in UTC. */

/** A part of a long list, and where the next part starts (`null`: this was the last). */
export interface Page<Row, Cursor> {
  readonly rows: readonly Row[];
  readonly next: Cursor | null;
}

/** A value with its 95 % interval, computed over `count` items. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A document for the person to save: the page offers it as a download. */
export interface TextDocument {
  readonly fileName: string;
  readonly mediaType: 'text/csv' | 'text/plain' | 'application/jsonl' | 'application/json';
  readonly text: string;
}

/** The wire shape of every error. Codes are listed in docs/errors.md. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly [key: string]: JsonValue };
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type TaskState = 'running' | 'done' | 'failed' | 'stopped';

/** What long work is about. */
export interface TaskSubject {
  /** `null` for work on the whole library. */
  readonly projectId: number | null;
  /** Of the project, run or file. */
  readonly name: string;
}

/** What every progress stream of long work says; `fraction` is `null` while the total is not known. */
export interface TaskProgress {
  readonly state: TaskState;
  readonly fraction: number | null;
  readonly secondsLeft: number | null;
  /** One line for the person: what it is doing now. */
  readonly doing: string;
  readonly error: ErrorView | null;
}
