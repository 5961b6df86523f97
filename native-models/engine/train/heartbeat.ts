import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type StatusReport, writeStatus } from '../../protocol/run-folder/status.ts';

/**
 * Keeps `status.json` of a run folder fresh from a thread of its own, because the runtime blocks this one while a graph
 * runs. `report` replaces what is said; `close` writes the last word. Opening and closing throw `disk-full` or
 * `folder-not-writable`.
 */
export class Heartbeat {
  readonly #folder: string;
  readonly #worker: Worker;

  constructor(runFolder: string, first: StatusReport) {
    this.#folder = runFolder;
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { runFolder, first } });
    this.#worker.unref();
    writeStatus(runFolder, first);
  }

  report(status: StatusReport): void {
    this.#worker.postMessage(status);
  }

  async close(last: StatusReport): Promise<void> {
    await this.#worker.terminate();
    writeStatus(this.#folder, last);
  }
}

if (!isMainThread && parentPort !== null) {
  const { runFolder, first }: { runFolder: string; first: StatusReport } = workerData;
  let latest = first;
  let writtenAt = 0;
  const write = (): void => {
    writtenAt = Date.now();
    try {
      writeStatus(runFolder, latest);
    } catch {
      // A disk that is full for a moment: the next beat tries again, and what the run itself cannot write ends it by
      // name.
    }
  };
  parentPort.on('message', (report: StatusReport) => {
    const changed = report.state !== latest.state;
    latest = report;
    if (changed || Date.now() - writtenAt > 250) write();
  });
  setInterval(write, 1000);
}
