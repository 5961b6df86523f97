import { largestOf } from '../../../native-models/extremes.ts';
/** Columns of text, as wide as their longest cell. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    largestOf(
      rows.map((row) => row[column]?.length ?? 0),
      cell.length,
    ),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** A duration in words, e.g. `3 min 20 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A share as per cent, e.g. `93.8 %`; `-` where there is none. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '-' : `${(100 * share).toFixed(1)} %`;
}

/** A share with its 95 % interval. */
export function percentWithin(share: number | null, interval: readonly [number, number] | null): string {
  return interval === null
    ? percent(share)
    : `${percent(share)} (${(100 * interval[0]).toFixed(1)}-${(100 * interval[1]).toFixed(1)})`;
}

/** What is being done, with how much of it is done where that is known. */
export function progressText(doing: string, fraction: number | null): string {
  return fraction === null ? doing : `${doing}: ${Math.round(100 * fraction)} %`;
}

/** A number in few digits; `-` where there is none. */
export function figure(value: unknown, digits = 4): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(digits))) : '-';
}
