import type { SourceRow } from '../readers/row.ts';
import { usedColumns, type Reading } from './reading.ts';

/** Notes the columns of the rows that pass through. */
export class ColumnsSeen {
  readonly #names = new Set<string>();

  async *watch(rows: AsyncIterable<SourceRow>): AsyncGenerator<SourceRow> {
    for await (const row of rows) {
      if ('value' in row) for (const name in row.value) this.#names.add(name);
      yield row;
    }
  }

  /** The columns seen that no field is read from, in order of appearance. */
  unused(reading: Pick<Reading, 'mapping'>): readonly string[] {
    return unusedColumns([...this.#names], reading);
  }
}

/** The columns that no field is read from. */
export function unusedColumns(columns: readonly string[], reading: Pick<Reading, 'mapping'>): readonly string[] {
  const used = usedColumns(reading, columns);
  return columns.filter((name) => !used.has(name));
}
