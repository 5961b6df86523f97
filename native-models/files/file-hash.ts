import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { statPlainFile } from './plain-file.ts';

const bytesAtOnce = 1 << 20;

/**
 * The sha256 of a file's bytes in hex, read through one buffer: a stream would leave a new one behind for each
 * megabyte. `onBytes` hears of each piece. Throws what `statPlainFile` throws.
 */
export async function sha256OfFile(file: string, onBytes?: (count: number) => void): Promise<string> {
  await statPlainFile(file);
  const hash = createHash('sha256');
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafe(bytesAtOnce);
    for (let read = await handle.read(buffer); read.bytesRead > 0; read = await handle.read(buffer)) {
      hash.update(buffer.subarray(0, read.bytesRead));
      onBytes?.(read.bytesRead);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
