/**
 * A cell of a CSV file (RFC 4180), quoted where needed. One that a spreadsheet would run as a formula gets an
 * apostrophe before it, and so does one with apostrophes before such a text: {@link withoutGuard} gives each text back.
 */
function csvCell(text: string): string {
  const inert = /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A row of a CSV file without its line end; `null` is an empty cell. */
export function csvRow(cells: readonly (string | number | boolean | null)[]): string {
  return cells.map((cell) => csvCell(String(cell ?? ''))).join(',');
}

/** The text of a cell that {@link csvCell} wrote. */
export function withoutGuard(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
