import { ContractError } from '../../preload/contract/errors.ts';

/** Whether a stream ended because the host opened another library, from this page or another. */
export function isLibraryChange(error: unknown): boolean {
  return error instanceof ContractError && error.code === 'library-changed';
}

/** Loads the page again: nothing it shows or addresses is in the other library. */
export function showOtherLibrary(): void {
  history.replaceState(null, '', '#/');
  location.reload();
}
