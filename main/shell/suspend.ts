import { powerMonitor } from 'electron';
import type { Client } from '../../preload/contract/client.ts';
import type { TrainingWatch } from './training-watch.ts';

/**
 * Before the machine sleeps every run that trains is asked for a checkpoint and waits; when it wakes, those go on.
 * `report` hears a run that could not be asked.
 */
export function checkpointBeforeSleep(client: Client, training: TrainingWatch, report: (error: unknown) => void): void {
  let waiting: readonly string[] = [];
  powerMonitor.on('suspend', () => {
    waiting = training.active
      .filter(({ state }) => state === 'running' || state === 'starting')
      .map(({ runId }) => runId);
    waiting.forEach((runId) => void client.runs.pause({ runId }).catch(report));
  });
  powerMonitor.on('resume', () => {
    waiting.forEach((runId) => void client.runs.resume({ runId }).catch(report));
    waiting = [];
  });
}
