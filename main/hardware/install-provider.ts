import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { Failure, badInput } from '../../native-models/failure.ts';
import { writeFailure } from '../../native-models/files/atomic-file.ts';
import { sha256OfFile } from '../../native-models/files/file-hash.ts';
import { givePersonsPermissions } from '../library/private-files.ts';
import { requireLinuxLibrary } from './elf.ts';
import { providerFiles, runtimeFolder, runtimeVersion } from './cuda-libraries.ts';

export interface InstalledProvider {
  /** The package's own SHA-256, to compare with the one its publisher gives. */
  readonly sha256: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/** The largest provider file there has been has 1.2 GB. */
const mostFileBytes = 3 * 1024 ** 3;

/**
 * Takes the CUDA provider files out of an onnxruntime-gpu wheel, an onnxruntime_gpu jar or the NuGet package, all of
 * which are zip files, and puts them into `folder`: beside `libonnxruntime.so.1`, where the runtime looks. They come
 * there only when both were unpacked whole and are libraries for this system. Throws `provider-package-invalid`,
 * `provider-package-version` (another version than onnxruntime-node), `not-a-shared-library`, `disk-full`,
 * `folder-not-writable`, and what `statPlainFile` throws.
 */
export async function installProvider(file: string, folder = runtimeFolder()): Promise<InstalledProvider> {
  requireSameVersion(file);
  const sha256 = await sha256OfFile(file);
  const unpacked = await mkdtemp(join(folder, '.provider-')).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
  try {
    await unpack(file, unpacked);
    const files: InstalledProvider['files'][number][] = [];
    for (const name of providerFiles) {
      requireLinuxLibrary(join(unpacked, name));
      files.push({
        path: join(folder, name),
        bytes: (await stat(join(unpacked, name))).size,
        sha256: await sha256OfFile(join(unpacked, name)),
      });
    }
    for (const name of providerFiles) givePersonsPermissions(join(unpacked, name));
    for (const name of providerFiles) await rename(join(unpacked, name), join(folder, name));
    return { sha256, files };
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

/** Unpacks the provider files of a package into a folder. */
async function unpack(file: string, folder: string): Promise<void> {
  const found = new Set<string>();
  const zip = await openZip(file);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = basename(entry.fileName);
      if (!providerFiles.some((wanted) => wanted === name)) continue;
      if (found.has(name)) throw invalid(file, `it holds ${name} twice`);
      if (entry.uncompressedSize > mostFileBytes)
        throw invalid(
          file,
          `${name} would unpack to ${entry.uncompressedSize} bytes; at most ${mostFileBytes} are taken`,
        );
      found.add(name);
      const target = join(folder, name);
      await pipeline(await zip.openReadStream(entry), createWriteStream(target)).catch((error: unknown) => {
        const failure = writeFailure(target, error);
        // What is left is the zip's own doing: a size that lies, damaged data.
        throw failure instanceof Failure
          ? failure
          : invalid(file, error instanceof Error ? error.message : String(error));
      });
    }
  } finally {
    zip.close();
  }
  const missing = providerFiles.filter((name) => !found.has(name));
  if (missing.length > 0) throw invalid(file, `it does not hold ${missing.join(' and ')}`);
}

function requireSameVersion(file: string): void {
  const expected = runtimeVersion();
  const stated = /(\d+\.\d+\.\d+)/.exec(basename(file))?.[1];
  if (stated === expected) return;
  throw badInput(
    'provider-package-version',
    `${file} is ${stated === undefined ? 'of an unknown version' : `version ${stated}`}, but ` +
      `onnxruntime-node here is ${expected}; provider files of another version crash. Get the package of ` +
      `version ${expected} and keep its file name.`,
    { file, version: stated ?? null, expected },
  );
}

interface Zip {
  eachEntry(): AsyncGenerator<yauzl.Entry>;
  openReadStream(entry: yauzl.Entry): Promise<Readable>;
  close(): void;
}

async function openZip(file: string): Promise<Zip> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, opened) =>
      error === null ? resolve(opened) : reject(invalid(file, error.message)),
    );
  });
  const next = (): Promise<yauzl.Entry | null> =>
    new Promise((resolve, reject) => {
      zip
        .once('entry', resolve)
        .once('end', () => resolve(null))
        .once('error', (error) => reject(invalid(file, String(error))));
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
        zip.openReadStream(entry, (error, stream) =>
          error === null ? resolve(stream) : reject(invalid(file, error.message)),
        );
      }),
    close: () => zip.close(),
  };
}

function invalid(file: string, reason: string): Error {
  return badInput(
    'provider-package-invalid',
    `${file} cannot be used: ${reason}. Give the onnxruntime-gpu wheel, the onnxruntime_gpu jar or the ` +
      'Microsoft.ML.OnnxRuntime.Gpu.Linux NuGet package for Linux x64.',
    { file, reason },
  );
}
