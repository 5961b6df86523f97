import { badInput } from '../../native-models/failure.ts';
import { readableRows, sampleOf, type Sample } from './formats/sample.ts';
import { openDatasetFile } from './readers/open.ts';
import type { SourceRow } from './readers/row.ts';

const sampleRows = 50;

/**
 * Reads as many rows as detection looks at.
 * @throws Failure `dataset-empty`, the code of the first unreadable row when none can be read, and those of
 * `openDatasetFile`
 */
export async function readFirstRows(file: string): Promise<Sample> {
  const opened = await openDatasetFile(file);
  const rows: SourceRow[] = [];
  for await (const row of opened.rows) {
    rows.push(row);
    if (rows.length === sampleRows) break;
  }
  const [first] = rows;
  if (first === undefined) throw badInput('dataset-empty', `${file} holds no rows.`, { file });
  if (readableRows(rows).length === 0 && 'issue' in first) {
    throw badInput(
      first.issue.code,
      `${file}: none of the first ${rows.length} rows can be read. ${first.issue.message}`,
      { file, row: first.row, line: first.line },
    );
  }
  return sampleOf(rows);
}
