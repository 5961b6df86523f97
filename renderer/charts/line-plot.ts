import { Chart, Decimation, LineController, LineElement, LinearScale, PointElement, type Plugin } from 'chart.js';
import type { ChartEvent, Point, Series } from './series.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, Decimation);

export interface PlotColors {
  readonly ink: string;
  readonly line: string;
  /** One a series, resolved for the theme in use. */
  readonly series: readonly string[];
}

export interface PlotOptions {
  readonly series: readonly Series[];
  readonly colors: PlotColors;
  readonly format: (value: number) => string;
  readonly events: () => readonly ChartEvent[];
  readonly cursor: () => number | null;
  readonly onhover: (x: number | null) => void;
}

export type LinePlot = Chart<'line', Point[]>;

/** Draws the events of the run and the shared cursor over the lines. */
function marks(options: PlotOptions): Plugin<'line'> {
  return {
    id: 'marks',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const vertical = (x: number, color: string, dash: number[]): void => {
        const pixel = scales['x']?.getPixelForValue(x) ?? Number.NaN;
        if (!(pixel >= chartArea.left && pixel <= chartArea.right)) return;
        ctx.save();
        ctx.strokeStyle = color;
        ctx.setLineDash(dash);
        ctx.beginPath();
        ctx.moveTo(pixel, chartArea.top);
        ctx.lineTo(pixel, chartArea.bottom);
        ctx.stroke();
        ctx.restore();
      };
      options.events().forEach((event) => vertical(event.x, options.colors.line, [2, 3]));
      const cursor = options.cursor();
      if (cursor !== null) vertical(cursor, options.colors.ink, []);
    },
    afterEvent(chart, { event }) {
      if (event.type === 'mouseout') options.onhover(null);
      if (event.type === 'mousemove' && event.x !== null) options.onhover(Math.max(0, Math.round(chart.scales['x']?.getValueForPixel(event.x) ?? 0)));
    },
  };
}

/** A line chart of long, growing histories: no parsing, no animation, thinned to what the width can show. */
export function createLinePlot(canvas: HTMLCanvasElement, options: PlotOptions): LinePlot {
  const ticks = { color: options.colors.ink, font: { size: 11 }, maxRotation: 0 };
  const border = { color: options.colors.line };
  return new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: {
      datasets: options.series.map((series, index) => ({
        label: series.name,
        data: series.points,
        borderColor: options.colors.series[index] ?? options.colors.ink,
        borderDash: series.dashed === true ? [5, 3] : [],
        borderWidth: 1.5,
        pointRadius: 0,
        pointHitRadius: 0,
      })),
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
        x: { type: 'linear', ticks: { ...ticks, maxTicksLimit: 5, precision: 0 }, grid: { display: false }, border },
        y: { type: 'linear', ticks: { ...ticks, maxTicksLimit: 4, callback: (value) => options.format(Number(value)) }, grid: { color: options.colors.line, lineWidth: 0.5 }, border: { display: false } },
      },
    },
    plugins: [marks(options)],
  });
}
