/** Values that can cross a process, a file or a wire unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * What sort of thing went wrong; it decides the exit code of the command line.
 * - `input`: the person can fix it (bad file, bad option). Exit 2.
 * - `capacity`: it does not fit (memory, disk) and was refused before anything was lost. Exit 3.
 * - `internal`: it failed although the input was right. Exit 1.
 * - `interrupted`: stopped by the person, with a checkpoint. Exit 130.
 */
export type FailureKind = 'input' | 'capacity' | 'internal' | 'interrupted';

/** Of the command line and of the engine's process. */
export const exitCodes: { readonly [kind in FailureKind]: number } = {
  input: 2,
  capacity: 3,
  internal: 1,
  interrupted: 130,
};

/**
 * The one error class of the project. `code` is stable and kebab-case (docs/errors.md lists all of them); `message`
 * says what happened, where, and what to do; `details` holds the same facts for programs (file, line, row, field,
 * value, expected).
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly code: string;
  readonly details: { readonly [key: string]: JsonValue };

  constructor(
    kind: FailureKind,
    code: string,
    message: string,
    details: { readonly [key: string]: JsonValue } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
    this.code = code;
    this.details = details;
  }

  /** The wire form: `{code, message, details}` (design: errors of every host and of `--json`). */
  toJSON(): { code: string; message: string; details: { readonly [key: string]: JsonValue } } {
    return { code: this.code, message: this.message, details: this.details };
  }
}

/** A failure the person can fix by changing what they gave us. */
export function badInput(
  code: string,
  message: string,
  details: { readonly [key: string]: JsonValue } = {},
  options?: ErrorOptions,
): Failure {
  return new Failure('input', code, message, details, options);
}

/** A failure because something does not fit in memory or on disk. */
export function doesNotFit(
  code: string,
  message: string,
  details: { readonly [key: string]: JsonValue } = {},
  options?: ErrorOptions,
): Failure {
  return new Failure('capacity', code, message, details, options);
}

/** A failure that is not the person's doing. */
export function failed(
  code: string,
  message: string,
  details: { readonly [key: string]: JsonValue } = {},
  options?: ErrorOptions,
): Failure {
  return new Failure('internal', code, message, details, options);
}
