import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export interface Gpu {
  readonly name: string;
  readonly memoryBytes: number | null;
  readonly driver: string | null;
}

const driverFile = '/proc/driver/nvidia/version';

/** The NVIDIA GPUs of this machine, as nvidia-smi lists them; without it, what the kernel driver says. */
export async function findGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'], { timeout: 10_000 });
    return stdout.trim().split('\n').filter((line) => line !== '').map(parseGpu);
  } catch {
    // No nvidia-smi, or it cannot reach a driver: the kernel's own word is what is left.
    const driver = driverVersion();
    return driver === null ? [] : [{ name: 'NVIDIA GPU', memoryBytes: null, driver }];
  }
}

/** Version of the loaded NVIDIA kernel driver, or `null`. */
export function driverVersion(): string | null {
  if (!existsSync(driverFile)) return null;
  return /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(readFileSync(driverFile, 'utf8'))?.[1] ?? null;
}

function parseGpu(line: string): Gpu {
  const [name = 'NVIDIA GPU', mebibytes = '', driver = ''] = line.split(',').map((cell) => cell.trim());
  const memory = Number(mebibytes);
  return { name, memoryBytes: Number.isFinite(memory) && memory > 0 ? memory * 2 ** 20 : null, driver: driver === '' ? null : driver };
}
