import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** Test data that lies beside the checkout and is not part of it. */
export const dataFolder = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Whether the data is there; tests that need it skip themselves otherwise, and say so. */
export const hasData = existsSync(dataFolder);
if (!hasData) console.warn(`SKIPPED: tests on real data, because ${dataFolder} does not exist.`);

/** The bytes of a data file, unpacked where it is gzipped. */
export function readData(path: string): Buffer {
  const bytes = readFileSync(join(dataFolder, path));
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
