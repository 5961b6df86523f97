import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { badInput, doesNotFit } from '../../../native-models/failure.ts';
import { freeBytesOf } from '../../../native-models/free-bytes.ts';
import type { PickedFile } from '../../../preload/contract/operations/files.ts';
import type { PickedFiles } from '../../dispatch/picked-files.ts';

/** Kept free for everything else on the disk. */
const reserveBytes = 1024 ** 3;

/**
 * Streams a dropped file into a new folder under `folder` and returns its handle. The name comes from
 * `x-file-name` (URI-encoded) and only its last part counts. Throws `upload-refused` for a wrong type, size or name
 * and `disk-full` when it would leave less than 1 GiB free. A broken upload leaves nothing behind.
 */
export async function receiveUpload(
  request: IncomingMessage,
  folder: string,
  pickedFiles: PickedFiles,
): Promise<PickedFile> {
  if (request.headers['content-type'] !== 'application/octet-stream')
    throw badInput('upload-refused', 'An upload must be application/octet-stream.');
  const bytes = Number(request.headers['content-length']);
  if (!Number.isSafeInteger(bytes)) throw badInput('upload-refused', 'An upload must say its size.');
  const name = fileName(request.headers['x-file-name']);
  await mkdir(folder, { recursive: true });
  const freeBytes = freeBytesOf(folder);
  if (bytes > freeBytes - reserveBytes)
    throw doesNotFit(
      'disk-full',
      `${name} needs ${bytes} bytes and ${folder} has ${freeBytes} free. Free some space.`,
      { bytes, freeBytes },
    );

  const own = join(folder, randomBytes(8).toString('hex'));
  await mkdir(own);
  const path = join(own, name);
  try {
    await pipeline(request, createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    throw error;
  }
  return pickedFiles.addUpload(path);
}

const longestKeptMilliseconds = 24 * 60 * 60 * 1000;

/** Removes uploads that were received more than a day ago: their pages are gone, or their import was given up. */
export async function removeOldUploads(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const own = join(folder, name);
    // A link is not ours, and may lead nowhere.
    if (Date.now() - (await lstat(own)).mtimeMs > longestKeptMilliseconds)
      await rm(own, { recursive: true, force: true });
  }
}

function fileName(header: string | string[] | undefined): string {
  const encoded = typeof header === 'string' ? header : '';
  const name = basename(decode(encoded).replaceAll('\\', '/'));
  const printable = [...name].every((character) => character >= ' ');
  if (name === '' || name.startsWith('.') || Buffer.byteLength(name) > 200 || !printable) {
    throw badInput('upload-refused', 'An upload needs a plain file name of at most 200 bytes.', {
      name: encoded.slice(0, 200),
    });
  }
  return name;
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw badInput('upload-refused', 'The file name is not URI-encoded.', {}, { cause: error });
  }
}
