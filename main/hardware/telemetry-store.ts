import { lstat, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { failed } from '../../native-models/failure.ts';

/**
 * What ONNX Runtime's telemetry left on this machine: from programs that leave it on, and from this one before it was
 * turned off.
 */
export interface TelemetryStore {
  /** Holds a number of this machine and the events that wait to be sent. Programs that use ONNX Runtime share it. */
  readonly folder: string;
  readonly bytes: number;
  /** The number of `mat-debug-PID.log` files in the folder for temporary files. */
  readonly debugLogs: number;
}

/** Where ONNX Runtime 1.30 keeps it; `null` on Windows, where events go to the system instead of a file. */
export function telemetryFolder(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): string | null {
  const inCache = ['Microsoft', 'DeveloperTools', '.onnxruntime'];
  if (platform === 'linux') {
    const cache = environment['XDG_CACHE_HOME'] ?? '';
    return join(cache === '' ? join(homedir(), '.cache') : cache, ...inCache);
  }
  return platform === 'darwin' ? join(homedir(), 'Library', 'Application Support', ...inCache) : null;
}

/** What is there now; `null` where there is nothing. */
export async function findTelemetryStore(): Promise<TelemetryStore | null> {
  const folder = telemetryFolder();
  if (folder === null) return null;
  const [sizes, logs] = await Promise.all([fileSizes(folder), debugLogs()]);
  if (sizes === null && logs.length === 0) return null;
  return { folder, bytes: (sizes ?? []).reduce((sum, size) => sum + size, 0), debugLogs: logs.length };
}

/** Removes it. Throws `folder-not-writable` with what could not be removed. */
export async function removeTelemetryStore(): Promise<void> {
  const folder = telemetryFolder();
  if (folder === null) return;
  for (const path of [folder, ...(await debugLogs())]) {
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      throw failed(
        'folder-not-writable',
        `${path} could not be removed: ${error instanceof Error ? error.message : String(error)}.`,
        { path },
        { cause: error },
      );
    });
  }
}

async function fileSizes(folder: string): Promise<number[] | null> {
  try {
    const names = await readdir(folder);
    return await Promise.all(names.map(async (name) => (await lstat(join(folder, name))).size));
  } catch {
    return null;
  }
}

/** Of this user only: the folder belongs to everyone. */
async function debugLogs(): Promise<string[]> {
  const folder = tmpdir();
  const names = (await readdir(folder)).filter((name) => /^mat-debug-\d+[.]log$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), stat: await lstat(join(folder, name)).catch(() => null) })),
  );
  return found.flatMap(({ path, stat }) => (stat?.isFile() && stat.uid === process.getuid?.() ? [path] : []));
}
