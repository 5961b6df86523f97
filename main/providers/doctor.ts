import { availableParallelism, cpus } from 'node:os';
import { cudaMajor } from '../hardware/cuda-problems.ts';
import { findCudaLibraries, runtimeFolder, runtimeVersion, type FoundLibrary } from '../hardware/cuda-libraries.ts';
import type { Card } from '../../native-models/runtime/nvidia-smi.ts';
import { findGpus } from '../hardware/gpus.ts';
import { platformNotes } from '../hardware/platform-notes.ts';
import { preferredProvider } from './choose-provider.ts';
import { availableMemoryBytes, totalMemoryBytes } from '../hardware/memory.ts';
import { checkProvider, providersHere, type ProviderReport } from './providers.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/** What this machine has for training, and what it lacks. */
export interface DoctorReport {
  readonly providers: readonly ProviderReport[];
  /** What `auto` takes here. */
  readonly preferred: ProviderName;
  /** Why, in one line. */
  readonly preferredReason: string;
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly gpus: readonly Card[];
  /** CUDA's major version that the provider file asks for; `null` while it is missing. */
  readonly cudaMajor: string | null;
  readonly libraries: readonly FoundLibrary[];
  readonly runtime: { readonly version: string; readonly folder: string };
  readonly notes: readonly string[];
}

/** Looks at the machine and runs the gradient self-test on every provider that could work; takes some seconds. */
export async function diagnose(signal?: AbortSignal): Promise<DoctorReport> {
  const providers: ProviderReport[] = [];
  for (const name of providersHere()) providers.push(await checkProvider(name, signal));
  const preferred = preferredProvider(providers);
  const { providerFiles, needed, optional } = findCudaLibraries();
  return {
    providers,
    preferred: preferred.provider,
    preferredReason: preferred.reason,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', threads: availableParallelism() },
    memoryBytes: totalMemoryBytes(),
    freeMemoryBytes: availableMemoryBytes(),
    gpus: await findGpus(),
    cudaMajor: cudaMajor(needed),
    libraries: [...providerFiles, ...needed, ...optional],
    runtime: { version: runtimeVersion(), folder: runtimeFolder() },
    notes: platformNotes(),
  };
}
