import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Failure } from '../../native-models/failure.ts';
import { neededLibraries } from './elf.ts';
import { findLibrary, libraryFolders } from './library-folders.ts';

/** A library that was looked for, and where it lies. */
export interface FoundLibrary {
  readonly name: string;
  readonly location: string | null;
}

export const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;
/** Loaded by the CUDA provider on first use, where it is there. */
const optionalLibraries = ['libcudnn.so.9', 'libcufft.so.11', 'libcufft.so.12'];
const ofTheSystem = /^(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+|ld-linux.*)\.so/;

/** The folder of the runtime's own libraries, where provider files have to lie. */
export function runtimeFolder(): string {
  const main = engineRequire().resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** The installed version of onnxruntime-node. */
export function runtimeVersion(): string {
  const manifest: unknown = engineRequire()('onnxruntime-node/package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

/** Resolves packages as the engine does: in the packaged app the runtime lies beside the bundled engine alone. */
function engineRequire(): NodeJS.Require {
  return createRequire(process.env['SAFEDPO_ENGINE_SCRIPT'] ?? import.meta.url);
}

/** What the CUDA provider needs and what is there. */
export interface CudaLibraries {
  readonly providerFiles: readonly FoundLibrary[];
  /** As the provider file itself names them; empty while it is missing. */
  readonly needed: readonly FoundLibrary[];
  readonly optional: readonly FoundLibrary[];
  /** Provider files that are there and are no libraries. */
  readonly broken: readonly string[];
}

/** Looks for the provider files, and for what they name as needed. */
export function findCudaLibraries(): CudaLibraries {
  const folder = runtimeFolder();
  const folders = libraryFolders();
  const beside = (name: string): FoundLibrary => ({
    name,
    location: existsSync(join(folder, name)) ? join(folder, name) : null,
  });
  const find = (name: string): FoundLibrary => ({ name, location: findLibrary(name, [folder, ...folders]) });
  const files = providerFiles.map(beside);
  const broken: string[] = [];
  const needed = files
    .flatMap(({ name, location }) => {
      if (location === null) return [];
      try {
        return neededLibraries(location);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        broken.push(name);
        return [];
      }
    })
    .filter((name) => !ofTheSystem.test(name));
  return {
    providerFiles: files,
    needed: [...new Set(needed)].map(find),
    optional: optionalLibraries.map(find),
    broken,
  };
}

/**
 * `LD_LIBRARY_PATH` for an engine that uses CUDA: what it is now, then every folder where a needed library was found.
 */
export function engineLibraryPath(): string {
  const { needed, optional } = findCudaLibraries();
  const folders = [...needed, ...optional].flatMap(({ location }) => (location === null ? [] : [dirname(location)]));
  const present = (process.env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...present, ...folders])].join(delimiter);
}
