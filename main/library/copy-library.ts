import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { doesNotFit, failed, Failure } from '../../native-models/failure.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import { sha256OfFile } from '../../native-models/files/file-hash.ts';
import { copyDatabase } from './copy-database.ts';
import { makeLibraryFolder, type Library } from './library.ts';

/** Kept free on the disk that is copied to. */
const reserveBytes = 1024 ** 3;
/** Of one process or of one call, and the database, which is copied last and apart. */
const leftOut = /^(host\.lock.*|library\.sqlite.*|backups|uploads|estimate-.*)$/;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Hears the bytes copied and compared, of all that there are. */
  onProgress(doneBytes: number, totalBytes: number): void;
}

/**
 * Copies the library's files into `target`, which is empty or not there, and compares each copy with its original by
 * SHA-256. Returns what ends the work: called without a pause, it copies the database as it is at that moment, and from
 * then on `target` is a library. Until then it is none, and a failure or stop takes away what was written. The
 * original is left as it was.
 * @throws Failure `disk-full`, `library-copy-differs`, `copy-cancelled`
 */
export async function copyLibrary(library: Library, target: string, options: CopyOptions): Promise<() => void> {
  const copied = new Map<string, string>();
  try {
    for (
      let missing = missingFiles(library.dir, copied);
      missing.length > 0;
      missing = missingFiles(library.dir, copied)
    )
      await copyFiles(library, target, missing, copied, options);
    makeLibraryFolder(target);
  } catch (error) {
    await removeCopy(library.dir, target);
    throw error;
  }
  return () => {
    if (missingFiles(library.dir, copied).length > 0)
      throw failed(
        'library-changed-meanwhile',
        `Files of the library in ${library.dir} changed while it was copied. Wait until nothing works on ` +
          'it, and copy it again.',
        { folder: library.dir },
      );
    copyDatabase(library, target);
  };
}

/** Takes away a copy that was not opened. */
export async function removeCopy(source: string, target: string): Promise<void> {
  const names = readdirSync(source).filter((name) => !leftOut.test(name));
  const database = ['', '.partial', '-wal', '-shm'].map((end) => `library.sqlite${end}`);
  await Promise.all([...names, ...database].map((name) => rm(join(target, name), { recursive: true, force: true })));
}

interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  /** Size and time of the last change. */
  readonly stamp: string;
}

function missingFiles(dir: string, copied: ReadonlyMap<string, string>): SourceFile[] {
  return readdirSync(dir)
    .filter((name) => !leftOut.test(name))
    .flatMap((name) => filesBelow(join(dir, name)))
    .map((file): SourceFile => {
      const { size, mtimeMs } = statSync(file);
      return { path: relative(dir, file), bytes: size, stamp: `${size} ${mtimeMs}` };
    })
    .filter(({ path, stamp }) => copied.get(path) !== stamp);
}

function filesBelow(path: string): string[] {
  return statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesBelow(join(path, name))) : [path];
}

async function copyFiles(
  library: Library,
  target: string,
  files: readonly SourceFile[],
  copied: Map<string, string>,
  { signal, onProgress }: CopyOptions,
): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  requireDisk(target, bytes + databaseBytes(library));
  // Each byte is read from both sides.
  const total = 2 * bytes;
  let done = 0;
  const count = (more: number): void => {
    if (signal.aborted)
      throw new Failure(
        'interrupted',
        'copy-cancelled',
        'Copying the library was stopped. The library is open as it was, and what had been copied is removed.',
      );
    done += more;
    onProgress(done, total);
  };
  count(0);
  for (const { path, stamp } of files) {
    const to = join(target, path);
    await mkdir(dirname(to), { recursive: true });
    const hash = createHash('sha256');
    await pipeline(
      createReadStream(join(library.dir, path)),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          count(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(to, { flush: true }),
    );
    if ((await sha256OfFile(to, count)) !== hash.digest('hex'))
      throw failed(
        'library-copy-differs',
        `${to} differs from ${join(library.dir, path)}, its original. Check the disk it is ` +
          'on. The library is open as it was.',
        { file: to },
      );
    copied.set(path, stamp);
  }
}

function databaseBytes(library: Library): number {
  return readdirSync(library.dir)
    .filter((name) => name.startsWith('library.sqlite'))
    .reduce((sum, name) => sum + statSync(join(library.dir, name)).size, 0);
}

function requireDisk(target: string, bytes: number): void {
  makeLibraryFolder(target);
  const freeBytes = freeBytesOf(target);
  if (bytes + reserveBytes > freeBytes)
    throw doesNotFit(
      'disk-full',
      `The copy needs ${bytes} bytes and ${target} has ${freeBytes} free; 1 GiB has to stay free. Free some ` +
        'space, or choose another disk.',
      { bytes, freeBytes },
    );
}
