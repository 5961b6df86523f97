import { ContractError } from '../../preload/contract/errors.ts';

export interface DescribedError {
  readonly code: string;
  readonly message: string;
  /** Where it happened: file, row, field, value, expected. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** How the interface library names its errors; the rest of the address is the name. */
const libraryErrorAddress = 'https://svelte.dev/e/';

/** What a person is shown of an error: the host's own words, or those of an error of the page itself. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof ContractError || isErrorView(error)) {
    const facts = Object.entries(error.details).map(([name, value]) => ({
      name,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    return { code: error.code, message: error.message, facts };
  }
  const said = error instanceof Error ? error.message : String(error);
  return {
    code: 'interface-error',
    message:
      'The app could not show this because of a bug. Your data is not affected. Go to another page, or ' +
      'reload this one.',
    facts: [{ name: 'detail', value: said.replace(libraryErrorAddress, '') }],
  };
}

function isErrorView(error: unknown): error is { code: string; message: string; details: object } {
  return (
    typeof error === 'object' &&
    error !== null &&
    !(error instanceof Error) &&
    'code' in error &&
    'message' in error &&
    'details' in error &&
    typeof error.code === 'string' &&
    typeof error.message === 'string' &&
    typeof error.details === 'object' &&
    error.details !== null
  );
}
