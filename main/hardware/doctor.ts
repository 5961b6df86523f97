import { availableParallelism, cpus } from 'node:os';
import type { ProviderName } from '../../native-models/engine/job.ts';
import { findCudaLibraries, runtimeFolder, runtimeVersion, type FoundLibrary } from './cuda-libraries.ts';
import { findGpus, type Gpu } from './gpus.ts';
import { availableMemoryBytes, totalMemoryBytes } from './memory.ts';
import { checkProvider, type ProviderReport } from './providers.ts';

/** What this machine has for training, and what it lacks. */
export interface DoctorReport {
  readonly providers: readonly ProviderReport[];
  /** What `auto` takes here. */
  readonly preferred: ProviderName;
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly gpus: readonly Gpu[];
  readonly libraries: readonly FoundLibrary[];
  readonly runtime: { readonly version: string; readonly folder: string };
  readonly notes: readonly string[];
}

/** Looks at the machine and runs the gradient self-test on every provider that could work; takes some seconds. */
export async function diagnose(signal?: AbortSignal): Promise<DoctorReport> {
  const names: readonly ProviderName[] = ['cpu', 'cuda', 'webgpu'];
  const providers: ProviderReport[] = [];
  for (const name of names) providers.push(await checkProvider(name, signal));
  const { providerFiles, needed, optional } = findCudaLibraries();
  return {
    providers,
    preferred: providers.some(({ name, usable }) => name === 'cuda' && usable) ? 'cuda' : 'cpu',
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', threads: availableParallelism() },
    memoryBytes: totalMemoryBytes(),
    freeMemoryBytes: availableMemoryBytes(),
    gpus: await findGpus(),
    libraries: [...providerFiles, ...needed, ...optional],
    runtime: { version: runtimeVersion(), folder: runtimeFolder() },
    notes: platformNotes(),
  };
}

function platformNotes(): string[] {
  if (process.platform === 'linux') return ['Linux x64: cpu and webgpu are bundled; cuda works once the provider files of the same version are installed (safedpo doctor --install FILE) and CUDA is found.'];
  if (process.platform === 'win32') return ['Windows: cpu and webgpu; onnxruntime-node has no CUDA build for Windows.'];
  if (process.platform === 'darwin') return ['macOS: Apple silicon only, cpu and webgpu.'];
  return [`${process.platform}: not a platform onnxruntime-node is built for.`];
}
