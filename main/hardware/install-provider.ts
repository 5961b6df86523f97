import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { badInput } from '../../native-models/failure.ts';
import { writeFailure } from '../../native-models/formats/atomic-file.ts';
import { fileFailure } from '../../native-models/formats/plain-file.ts';
import { givePersonsPermissions } from '../library/private-files.ts';
import { providerFiles, runtimeFolder, runtimeVersion } from './cuda-libraries.ts';

export interface InstalledProvider {
  /** The package's own SHA-256, to compare with the one its publisher gives. */
  readonly sha256: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/**
 * Takes the CUDA provider files out of an onnxruntime-gpu wheel, an onnxruntime_gpu jar or the NuGet package, all of
 * which are zip files, and puts them into `folder`: beside `libonnxruntime.so.1`, where the runtime looks.
 * Throws `provider-package-invalid`, `provider-package-version` (another version than onnxruntime-node), `folder-not-writable`.
 */
export async function installProvider(file: string, folder = runtimeFolder()): Promise<InstalledProvider> {
  requireSameVersion(file);
  const sha256 = await fileSha256(file);
  const found: InstalledProvider['files'][number][] = [];
  const zip = await openZip(file);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = basename(entry.fileName);
      if (!providerFiles.some((wanted) => wanted === name)) continue;
      const target = join(folder, name);
      await writeThrough(await zip.openReadStream(entry), target);
      found.push({ path: target, bytes: entry.uncompressedSize, sha256: await fileSha256(target) });
    }
  } finally {
    zip.close();
  }
  const missing = providerFiles.filter((name) => !found.some(({ path }) => basename(path) === name));
  if (missing.length > 0) throw invalid(file, `it does not hold ${missing.join(' and ')}`);
  return { sha256, files: found };
}

function requireSameVersion(file: string): void {
  const expected = runtimeVersion();
  const stated = /(\d+\.\d+\.\d+)/.exec(basename(file))?.[1];
  if (stated === expected) return;
  throw badInput('provider-package-version', `${file} is ${stated === undefined ? 'of an unknown version' : `version ${stated}`}, but onnxruntime-node here is ${expected}; provider files of another version crash. Get the package of version ${expected} and keep its file name.`, { file, version: stated ?? null, expected });
}

interface Zip {
  eachEntry(): AsyncGenerator<yauzl.Entry>;
  openReadStream(entry: yauzl.Entry): Promise<Readable>;
  close(): void;
}

async function openZip(file: string): Promise<Zip> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, opened) => (error === null ? resolve(opened) : reject(invalid(file, error.message))));
  });
  const next = (): Promise<yauzl.Entry | null> =>
    new Promise((resolve, reject) => {
      zip.once('entry', resolve).once('end', () => resolve(null)).once('error', (error) => reject(invalid(file, String(error))));
      zip.readEntry();
    });
  return {
    async *eachEntry() {
      for (let entry = await next(); entry !== null; entry = await next()) {
        zip.removeAllListeners();
        yield entry;
      }
    },
    openReadStream: (entry) =>
      new Promise((resolve, reject) => {
        zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(invalid(file, error.message))));
      }),
    close: () => zip.close(),
  };
}

/** Writes beside the target first, so that a library in place is never half a file. */
async function writeThrough(source: Readable, target: string): Promise<void> {
  const partial = `${target}.partial`;
  try {
    await pipeline(source, createWriteStream(partial));
    givePersonsPermissions(partial);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeFailure(target, error);
  }
}

async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    throw fileFailure(file, error);
  }
  return hash.digest('hex');
}

function invalid(file: string, reason: string): Error {
  return badInput('provider-package-invalid', `${file} cannot be used: ${reason}. Give the onnxruntime-gpu wheel, the onnxruntime_gpu jar or the Microsoft.ML.OnnxRuntime.Gpu.Linux NuGet package for Linux x64.`, { file, reason });
}
