export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly name: string;
  /** A custom property of style/tokens.css. */
  readonly color: string;
  readonly dashed?: boolean;
  /** A scale of its own at the right edge, with its own way to write values. */
  readonly right?: (value: number) => string;
  /** Sorted by x. Appended to in place while a run goes on. */
  readonly points: Point[];
  /** The smoothed course, where single values jump about: drawn bold over the faint points. */
  readonly trend?: Point[];
}

/** Share of the past in each smoothed value; 0.9 looks back over about ten steps. */
const memory = 0.9;

/**
 * Adds the next values of the exponential moving average that follows `points`; the start is not pulled towards zero.
 */
export function extendTrend(trend: Point[], points: readonly Point[]): void {
  for (const point of points.slice(trend.length)) {
    const kept = Math.min(memory, trend.length / (trend.length + 1));
    trend.push({ x: point.x, y: kept * (trend.at(-1)?.y ?? 0) + (1 - kept) * point.y });
  }
}

/**
 * Something that happened at a place on the x axis. Checkpoints are ticks on the axis, the others lines through the
 * plot.
 */
export interface ChartEvent {
  readonly x: number;
  readonly kind: 'checkpoint' | 'pause' | 'alarm';
  readonly text: string;
}

/** The last point at or before x, by bisection; null where the series has none. */
export function pointAt(points: readonly Point[], x: number): Point | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const point = points[middle];
    if (point !== undefined && point.x <= x) low = middle + 1;
    else high = middle;
  }
  return points[low - 1] ?? null;
}

/** What someone who cannot see the chart is told: where each series starts, ends, and its lowest and highest value. */
export function summarize(title: string, series: readonly Series[], format: (value: number) => string): string {
  const parts = series.map(({ name, points, right }) => {
    const written = right ?? format;
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined) return `${name}: no values yet`;
    const values = points.map((point) => point.y);
    const lowest = values.reduce((left, right) => Math.min(left, right));
    const highest = values.reduce((left, right) => Math.max(left, right));
    return (
      `${name} from ${written(first.y)} to ${written(last.y)} over ${points.length} points, lowest ` +
      `${written(lowest)}, highest ${written(highest)}`
    );
  });
  return `${title}. ${parts.join('; ')}.`;
}

export interface TableRow {
  readonly x: number;
  readonly values: readonly (number | null)[];
}

/** The numbers behind a chart, newest first; of a long history every n-th x, so that at most `limit` rows come back. */
export function tableRows(
  series: readonly Series[],
  limit: number,
): { readonly rows: readonly TableRow[]; readonly every: number } {
  const places = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (left, right) => right - left,
  );
  const every = Math.max(1, Math.ceil(places.length / limit));
  const kept = places.filter((_, index) => index % every === 0);
  const rows = kept.map((x) => ({
    x,
    values: series.map(({ points }) => {
      const point = pointAt(points, x);
      return point?.x === x ? point.y : null;
    }),
  }));
  return { rows, every };
}
