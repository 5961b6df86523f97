import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A process that computes on a card. */
export interface CardProcess {
  readonly pid: number;
  readonly name: string;
  /** `null` where the driver does not tell (Windows, containers). */
  readonly usedBytes: number | null;
}

/** An NVIDIA card as its driver describes it now; `null` is what it does not tell. */
export interface Card {
  readonly name: string;
  readonly driver: string | null;
  /** E.g. 8.6. */
  readonly computeCapability: number | null;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
  readonly processes: readonly CardProcess[];
}

const mebibyte = 2 ** 20;
const timeoutMilliseconds = 10_000;

/**
 * The cards that `nvidia-smi` lists, the first being the one that CUDA takes; `null` where it is not there or finds no
 * driver.
 */
export async function readCards(environment: NodeJS.ProcessEnv = process.env): Promise<readonly Card[] | null> {
  const cards = await query(
    'gpu',
    ['uuid', 'name', 'driver_version', 'compute_cap', 'memory.total', 'memory.used', 'memory.free'],
    environment,
  );
  if (cards === null) return null;
  const processes =
    (await query('compute-apps', ['gpu_uuid', 'pid', 'used_memory', 'process_name'], environment)) ?? [];
  return cards.map(([uuid, name = '', driver = '', capability, total, used, free]) => ({
    name,
    driver: /^\d/u.test(driver) ? driver : null,
    computeCapability: number(capability),
    totalBytes: bytes(total),
    usedBytes: bytes(used),
    freeBytes: bytes(free),
    processes: processes
      .filter(([on]) => on === uuid)
      .map(([, pid, usedMemory, ...path]) => ({
        pid: number(pid) ?? 0,
        name: path.join(', '),
        usedBytes: bytes(usedMemory),
      })),
  }));
}

async function query(
  what: 'gpu' | 'compute-apps',
  fields: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string[][] | null> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      [`--query-${what}=${fields.join(',')}`, '--format=csv,noheader,nounits'],
      { timeout: timeoutMilliseconds, env: environment },
    );
    return stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.split(',').map((cell) => cell.trim()));
  } catch {
    // Not installed, or it cannot reach a driver: either way there is no card to speak of.
    return null;
  }
}

/** Cells like `[N/A]` and `[Not Supported]` are no numbers. */
function number(cell: string | undefined): number | null {
  const value = Number(cell);
  return cell === undefined || cell === '' || !Number.isFinite(value) ? null : value;
}

function bytes(cell: string | undefined): number | null {
  const value = number(cell);
  return value === null ? null : value * mebibyte;
}
