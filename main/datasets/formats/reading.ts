import type { Mapping } from './fields.ts';
import type { Meanings } from './meanings.ts';

/** What becomes of texts in which a chat template was written out: taken apart into turns, or kept as they stand. */
export type RenderedChoice = 'turns' | 'text';

/** Everything that decides how the rows of a file are read. Stored with the dataset. */
export interface Reading {
  readonly mapping: Mapping;
  /** What each value of a choice or verdict column means. */
  readonly meanings: Meanings;
  /** `null`: nobody has said, so rows with such texts are refused. */
  readonly rendered: RenderedChoice | null;
  /** Columns a person left out knowingly, though they look like part of the prompt. */
  readonly leftOut: readonly string[];
}

/** The columns of the file that some field is read from; of a path its first part. */
export function usedColumns({ mapping }: Pick<Reading, 'mapping'>, columns: readonly string[]): ReadonlySet<string> {
  const used = Object.values(mapping).map((column) =>
    columns.includes(column) ? column : (column.split('.')[0] ?? column),
  );
  return new Set(used);
}
