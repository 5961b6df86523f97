import { app, dialog } from 'electron';
import type { Client } from '../../preload/contract/client.ts';
import type { TrainingWatch } from './training-watch.ts';

const choices = ['Keep Training in the Background', 'Save a Checkpoint and Stop', 'Cancel'] as const;

export interface Quitting {
  readonly client: Client;
  readonly training: TrainingWatch;
  /** Ends what the app itself holds. */
  close(): Promise<void>;
  /** Shows the window again, which was closed to quit. */
  stay(): unknown;
  /** Hears a stop that failed: then the app stays. */
  report(error: unknown): void;
}

/** Asks before quitting while a run is going. The engine is a process of its own, so it can go on without the app. */
export function askBeforeQuit({ client, training, close, stay, report }: Quitting): void {
  let decided = false;
  let asking = false;

  const ask = async (): Promise<void> => {
    const running = training.active.filter(({ state }) => state !== 'paused');
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: running.length === 1 ? 'A run is still training.' : `${running.length} runs are still training.`,
      detail: 'In the background it continues without the window; the app shows its progress the next time it starts.',
      buttons: [...choices],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    if (response === 2) return void stay();
    if (response === 1) await Promise.all(running.map(({ runId }) => client.runs.stop({ runId })));
    decided = true;
    app.quit();
  };

  app.on('before-quit', (event) => {
    const busy = training.active.some(({ state }) => state !== 'paused');
    if (decided || !busy) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    ask()
      .catch((error: unknown) => {
        report(error);
        stay();
      })
      .finally(() => {
        asking = false;
      });
  });
  app.on('will-quit', (event) => {
    // The library is written back first; `exit` asks nobody again.
    event.preventDefault();
    close()
      .catch(report)
      .finally(() => app.exit(0));
  });
}
