import { Chart, Decimation, LineController, LineElement, LinearScale, PointElement, type Plugin } from 'chart.js';
import type { ChartEvent, Point, Series } from './series.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, Decimation);

export interface PlotColors {
  readonly ink: string;
  readonly line: string;
  readonly alarm: string;
  /** One a series, resolved for the theme in use. */
  readonly series: readonly string[];
}

export interface AxisRange {
  /** Where the x axis ends, e.g. the last step of the run; otherwise where the points end. */
  readonly lastX?: number;
  /** Values the y axis shows at least. */
  readonly from?: number;
  readonly to?: number;
}

export interface PlotOptions {
  readonly series: readonly Series[];
  readonly colors: PlotColors;
  readonly format: (value: number) => string;
  readonly range: AxisRange;
  readonly events: () => readonly ChartEvent[];
  readonly cursor: () => number | null;
  readonly onhover: (x: number | null) => void;
}

export type LinePlot = Chart<'line', Point[]>;

/** Pixels. */
const checkpointTick = 5;
/** Pixels for the labels of a y axis: the same in every chart, so that their x axes line up. */
const axisWidth = 46;

/** Draws the events of the run and the shared cursor over the lines. */
function marks(options: PlotOptions): Plugin<'line'> {
  return {
    id: 'marks',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const vertical = (x: number, color: string, dash: number[], top: number): void => {
        const pixel = scales['x']?.getPixelForValue(x) ?? Number.NaN;
        if (!(pixel >= chartArea.left && pixel <= chartArea.right)) return;
        ctx.save();
        ctx.strokeStyle = color;
        ctx.setLineDash(dash);
        ctx.beginPath();
        ctx.moveTo(pixel, top);
        ctx.lineTo(pixel, chartArea.bottom);
        ctx.stroke();
        ctx.restore();
      };
      for (const { x, kind } of options.events()) {
        if (kind === 'checkpoint') vertical(x, options.colors.ink, [], chartArea.bottom - checkpointTick);
        else vertical(x, kind === 'alarm' ? options.colors.alarm : options.colors.ink, [2, 3], chartArea.top);
      }
      const cursor = options.cursor();
      if (cursor !== null) vertical(cursor, options.colors.ink, [], chartArea.top);
    },
    afterEvent(chart, { event }) {
      if (event.type === 'mouseout') options.onhover(null);
      if (event.type === 'mousemove' && event.x !== null)
        options.onhover(Math.max(0, Math.round(chart.scales['x']?.getValueForPixel(event.x) ?? 0)));
    },
  };
}

/** A line chart of long, growing histories: no parsing, no animation, thinned to what the width can show. */
export function createLinePlot(canvas: HTMLCanvasElement, options: PlotOptions): LinePlot {
  const ticks = { color: options.colors.ink, font: { size: 11 }, maxRotation: 0 };
  const border = { color: options.colors.line };
  const right = options.series.find((series) => series.right !== undefined)?.right;
  const afterFit = (scale: { width: number }): void => {
    scale.width = axisWidth;
  };
  const labels = (format: (value: number) => string) => ({
    ...ticks,
    maxTicksLimit: 5,
    callback: (value: string | number) => format(Number(value)).replace('.0 ', ' '),
  });
  return new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: {
      datasets: options.series.flatMap((series, index) => {
        const color = options.colors.series[index] ?? options.colors.ink;
        const line = (data: Point[], bold: boolean) => ({
          label: series.name,
          data,
          borderColor: bold ? color : faint(color),
          borderDash: bold && series.dashed === true ? [5, 3] : [],
          borderWidth: bold ? 1.75 : 1,
          pointRadius: 0,
          pointHitRadius: 0,
          yAxisID: series.right === undefined ? 'y' : 'right',
        });
        return series.trend === undefined
          ? [line([...series.points], true)]
          : [line([...series.points], false), line([...series.trend], true)];
      }),
    },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: ['mousemove', 'mouseout'],
      plugins: { decimation: { enabled: true, algorithm: 'lttb', samples: 400, threshold: 800 } },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          ...(options.range.lastX === undefined ? {} : { max: options.range.lastX }),
          ticks: { ...ticks, maxTicksLimit: 5, precision: 0 },
          grid: { display: false },
          border,
        },
        y: {
          type: 'linear',
          ...bounds(options.range),
          afterFit,
          ticks: labels(options.format),
          grid: { color: options.colors.line, lineWidth: 0.5 },
          border: { display: false },
        },
        ...(right === undefined
          ? {}
          : {
              right: {
                type: 'linear',
                position: 'right',
                suggestedMin: 0,
                afterFit,
                ticks: labels(right),
                grid: { display: false },
                border: { display: false },
              },
            }),
      },
    },
    plugins: [marks(options)],
  });
}

/**
 * Shows what was added since. The plot gets copies: chart.js listens to every push into an array it was given and
 * replays them one by one, which is quadratic over a long history.
 */
export function updateLinePlot(plot: LinePlot, series: readonly Series[]): void {
  const lines = series.flatMap(({ points, trend }) => (trend === undefined ? [points] : [points, trend]));
  plot.data.datasets.forEach((dataset, index) => {
    dataset.data = [...(lines[index] ?? [])];
  });
  plot.update('none');
}

function faint(color: string): string {
  return `color-mix(in srgb, ${color} 28%, transparent)`;
}

function bounds({ from, to }: AxisRange): { suggestedMin?: number; suggestedMax?: number } {
  return { ...(from === undefined ? {} : { suggestedMin: from }), ...(to === undefined ? {} : { suggestedMax: to }) };
}
