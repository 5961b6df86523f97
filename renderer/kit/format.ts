/** How numbers are written: unit, count and, for estimates, the interval always beside them. */

const integers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `4421` → `4,421`. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** Binary units with one decimal: `9.1 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${formatCount(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** Two units at most: `45 s`, `12 min`, `3 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `0.962` → `96.2 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** An estimate with its 95 % interval and count: `96.2 % (94.1-97.7, n 480)`. */
export function formatEstimate(share: number, interval: readonly [number, number], count: number): string {
  return `${formatShare(share)} (${formatInterval(interval, count)})`;
}

/** The interval and count of an estimate, in per cent: `94.1-97.7, n 480`. */
export function formatInterval([low, high]: readonly [number, number], count: number): string {
  return `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)}, n ${formatCount(count)}`;
}

/** Four significant digits, exponent only where it is shorter: `0.6931`, `1e-6`, `12.35`. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

/** `135000000` → `135 M`. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${Number((count / 1e9).toPrecision(3))} B`;
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))} M`;
  return count >= 1e3 ? `${Number((count / 1e3).toPrecision(3))} K` : String(count);
}

/** Local date and time to the minute. */
export function formatTime(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}
