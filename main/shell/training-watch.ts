import { Notification, powerSaveBlocker } from 'electron';
import type { Client } from '../../preload/contract/client.ts';
import { ContractError } from '../../preload/contract/errors.ts';
import type { RunProgress } from '../../preload/contract/operations/runs.ts';

/** Knows which runs are going; keeps the machine awake while one is, and says when one ends. */
export interface TrainingWatch {
  readonly active: readonly RunProgress[];
}

const endings = { done: 'is done', failed: 'failed', stopped: 'was stopped' } as const;

/** Follows the runs until the app ends. `report` hears a stream that broke. */
export function watchTraining(client: Client, report: (error: Error) => void): TrainingWatch {
  let active: readonly RunProgress[] = [];
  let blocker: number | null = null;

  const follow = (progress: readonly RunProgress[]): void => {
    const now = new Set(progress.map(({ runId }) => runId));
    const ended = active.filter(({ runId }) => !now.has(runId));
    active = progress;
    const busy = progress.some(({ state }) => state === 'running' || state === 'starting');
    if (busy && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension');
    if (!busy && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
    ended.forEach(({ runId }) => void announceEnd(client, runId).catch(report));
  };

  const listen = (): void => {
    client.runs.activityFeed(
      {},
      {
        next: follow,
        // The runs of another library are followed from then on; those of this one were at rest.
        error: (error) =>
          error instanceof ContractError && error.code === 'library-changed' ? listen() : report(error),
      },
    );
  };
  listen();
  return {
    get active() {
      return active;
    },
  };
}

async function announceEnd(client: Client, runId: string): Promise<void> {
  const [run, settings] = await Promise.all([client.runs.get({ runId }), client.app.settings({})]);
  const { state } = run.progress;
  if (!settings.notifyWhenRunEnds || !Notification.isSupported() || !(state in endings)) return;
  const ending = state === 'done' || state === 'failed' || state === 'stopped' ? endings[state] : state;
  new Notification({
    title: `${run.name} ${ending}`,
    body: `${run.projectName}: step ${run.progress.step} of ${run.progress.steps}`,
  }).show();
}
