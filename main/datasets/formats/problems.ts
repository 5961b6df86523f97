import type { RowIssue } from '../readers/row.ts';

/** Collects what is wrong with one row, so that a person sees all of it at once. */
export class Problems {
  readonly #row: number;
  readonly #line: number | null;
  #issues: RowIssue[] | null = null;

  constructor(row: number, line: number | null) {
    this.#row = row;
    this.#line = line;
  }

  get issues(): readonly RowIssue[] {
    return this.#issues ?? [];
  }

  /** Notes a problem; `message` says what was found, what was expected and what to do. */
  add(code: string, field: string, message: string): null {
    const line = this.#line === null ? '' : ` (line ${this.#line})`;
    const place = `Row ${this.#row}${line}${field === '' ? '' : `, ${field}`}`;
    this.#issues = [
      ...(this.#issues ?? []),
      { row: this.#row, line: this.#line, field, code, message: `${place}: ${message}` },
    ];
    return null;
  }
}

/** A value as a person recognises it: JSON, cut to 60 characters. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
