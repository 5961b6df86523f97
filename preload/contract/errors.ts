import type { ErrorView, JsonValue } from './views.ts';

/** An error of the host, rebuilt on the caller's side. `code` is stable and listed in docs/errors.md. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: string;
  readonly details: { readonly [key: string]: JsonValue };

  constructor(view: ErrorView) {
    super(view.message);
    this.code = view.code;
    this.details = view.details;
  }

  toJSON(): ErrorView {
    return { code: this.code, message: this.message, details: this.details };
  }
}

/** The wire form of a reply: exactly one of the two. */
export type Reply<Value = unknown> = { readonly value: Value } | { readonly error: ErrorView };

/** Unwraps a reply or throws its error. */
export function unwrap<Value>(reply: Reply<Value>): Value {
  if ('error' in reply) throw new ContractError(reply.error);
  return reply.value;
}
