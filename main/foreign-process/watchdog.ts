import { parentPort, workerData } from 'node:worker_threads';
import { tooLong, tooMuchMemory, type Watch } from '../foreign/protocol.ts';

/** A thread of the reading process: the one that parses may never come back to look at a clock. */

const lookMilliseconds = 50;
const { parent, processorSeconds, memoryBytes }: { parent: number; processorSeconds: number; memoryBytes: number } =
  workerData;
let began: NodeJS.CpuUsage | null = null;

parentPort?.on('message', (state: Watch) => {
  began = state === 'working' ? process.cpuUsage() : null;
});

setInterval(() => {
  // Whoever asked is gone, and a parse that never ends would not notice.
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (began === null) return;
  if (process.memoryUsage.rss() > memoryBytes) process.kill(process.pid, tooMuchMemory);
  const { user, system } = process.cpuUsage(began);
  if ((user + system) / 1e6 > processorSeconds) process.kill(process.pid, tooLong);
}, lookMilliseconds);
