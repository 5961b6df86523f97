import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { writeFailure } from '../../formats/atomic-file.ts';
import type { RunStatus } from '../../protocol/tasks.ts';

/** `status.json` without what the writer adds. */
export type StatusReport = Omit<RunStatus, 'heartbeatAt' | 'pid'>;

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

function writeStatus(runFolder: string, report: StatusReport): void {
  const file = join(runFolder, 'status.json');
  const status: RunStatus = { ...report, pid: process.pid, heartbeatAt: new Date().toISOString() };
  try {
    writeFileSync(`${file}.partial`, `${JSON.stringify(status)}\n`);
    renameSync(`${file}.partial`, file);
  } catch (error) {
    throw writeFailure(file, error);
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
