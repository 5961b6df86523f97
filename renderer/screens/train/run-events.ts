import type { RunEvent } from '../../../preload/contract/operations/runs.ts';
import type { ChartEvent } from '../../kit/charts/series.ts';
import { formatNumber, formatTime } from '../../kit/format.ts';
import type { Displacement } from './displacement.ts';

/** What happened to a run beside its steps, in the order of the steps, with the alarm where it began. */
export function chartEvents(events: readonly RunEvent[], displacement: Displacement | null): ChartEvent[] {
  const told = events.map(({ step, kind, heldOutMargin, at, message }): ChartEvent => {
    if (kind === 'alarm') return { x: step, kind, text: `Alarm: ${message ?? ''}` };
    if (kind === 'checkpoint')
      return {
        x: step,
        kind,
        text:
          heldOutMargin === null
            ? 'Checkpoint'
            : `Checkpoint, reward margin on held-out pairs ${formatNumber(heldOutMargin)}`,
      };
    return {
      x: step,
      kind: 'pause',
      text: `${kind === 'paused' ? 'Paused' : 'Resumed'}${at === null ? '' : `, ${formatTime(at)}`}`,
    };
  });
  const alarms: ChartEvent[] =
    displacement === null
      ? []
      : [
          {
            x: displacement.sinceStep,
            kind: 'alarm',
            text: 'Alarm: the chosen answers became less likely than before training',
          },
        ];
  return [...told, ...alarms].toSorted((left, right) => left.x - right.x);
}
