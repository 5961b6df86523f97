import { failed } from '../../../native-models/failure.ts';

/** A handler of an operation whose service does not exist yet. It throws `not-available-yet`. */
export function notAvailable(operation: string): () => never {
  return () => {
    throw failed('not-available-yet', `${operation} is not available in this version.`, { operation });
  };
}
