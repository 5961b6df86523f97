import { existsSync, readFileSync } from 'node:fs';
import { readCards, type Card } from '../../native-models/runtime/nvidia-smi.ts';

const driverFile = '/proc/driver/nvidia/version';

/** The NVIDIA cards of this machine, as nvidia-smi lists them; without it, what the kernel driver says. */
export async function findGpus(): Promise<readonly Card[]> {
  const cards = await readCards();
  if (cards !== null) return cards;
  const driver = driverVersion();
  return driver === null
    ? []
    : [
        {
          name: 'NVIDIA GPU',
          driver,
          computeCapability: null,
          totalBytes: null,
          usedBytes: null,
          freeBytes: null,
          processes: [],
        },
      ];
}

/** Version of the loaded NVIDIA kernel driver, or `null`. */
function driverVersion(): string | null {
  if (!existsSync(driverFile)) return null;
  return /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(readFileSync(driverFile, 'utf8'))?.[1] ?? null;
}
