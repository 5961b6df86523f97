import type { Card } from '../../native-models/runtime/nvidia-smi.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { runtimeVersion, type CudaLibraries, type FoundLibrary } from './cuda-libraries.ts';
import { runsOn, type KernelArchitectures } from './cuda-kernels.ts';

/** One line each: what stands in the way, or will, and what to do about it. */
export interface Problem {
  readonly reason: string;
  readonly fix: string;
}

/** What CUDA meets on this machine. */
export interface CudaSituation {
  readonly platform: string;
  readonly cards: readonly Card[];
  readonly libraries: CudaLibraries;
  /** Of the provider file; `null` while it is missing. */
  readonly kernels: KernelArchitectures | null;
}

/** Oldest driver of a CUDA major version (NVIDIA, CUDA Compatibility, "Minor Version Compatibility", table 1). */
const oldestDriver: { readonly [cudaMajor: string]: number } = { '11': 450, '12': 525, '13': 580 };
/** Less free memory than this is not worth starting with: the CUDA context alone takes about half of it. */
const leastFreeBytes = 1e9;
/** Of a process that only shows a desktop. */
const desktopBytes = 512e6;

/**
 * Everything that keeps CUDA from working here, as far as it can be seen without starting it; the first is what to fix
 * first.
 */
export function cudaObstacles({ platform, cards, libraries, kernels }: CudaSituation): readonly Problem[] {
  if (platform !== 'linux-x64')
    return [
      {
        reason: `onnxruntime-node has no CUDA provider for ${platform}`,
        fix: platform.startsWith('win32') ? 'use the provider webgpu or dml, or Linux on x64' : 'use Linux on x64',
      },
    ];
  const [card] = cards;
  const major = cudaMajor(libraries.needed);
  return [
    card === undefined
      ? { reason: 'no NVIDIA GPU or driver was found', fix: 'install the NVIDIA driver, or use the provider cpu' }
      : null,
    missingFiles(libraries.providerFiles),
    brokenFiles(libraries.broken),
    card === undefined ? null : oldDriver(card, major),
    missingDriverLibrary(libraries.needed, card !== undefined),
    missingLibraries(libraries.needed, major),
    card === undefined || kernels === null ? null : missingKernels(card, kernels),
    card?.freeBytes !== undefined && card.freeBytes !== null && card.freeBytes < leastFreeBytes
      ? {
          reason: `${card.name} has only ${gigabytes(card.freeBytes)} of its memory free`,
          fix: `end the processes that use it${nameProcesses(card)}`,
        }
      : null,
  ].filter((problem) => problem !== null);
}

/** What will be felt although CUDA works. */
export function cudaWarnings({ cards }: Pick<CudaSituation, 'cards'>): readonly Problem[] {
  const [card, ...others] = cards;
  if (card === undefined) return [];
  const busy = card.processes.filter(({ usedBytes }) => usedBytes === null || usedBytes > desktopBytes);
  return [
    busy.length === 0
      ? null
      : {
          reason: `another process is using ${card.name}${nameProcesses({ ...card, processes: busy })}`,
          fix: 'end it, or expect slower steps and less memory',
        },
    others.length === 0
      ? null
      : {
          reason: `of ${cards.length} NVIDIA GPUs only the first is used`,
          fix: 'set CUDA_VISIBLE_DEVICES to choose another',
        },
  ].filter((problem) => problem !== null);
}

/** The CUDA major version that libraries are named for, or `null`. */
export function cudaMajor(libraries: readonly FoundLibrary[]): string | null {
  return (
    libraries
      .map(({ name }) => /^lib(?:cublas|cublasLt|cudart)\.so\.(\d+)$/.exec(name)?.[1])
      .find((major) => major !== undefined) ?? null
  );
}

function missingFiles(files: readonly FoundLibrary[]): Problem | null {
  const missing = files.filter(({ location }) => location === null).map(({ name }) => name);
  if (missing.length === 0) return null;
  return {
    reason: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing beside libonnxruntime.so.1`,
    fix: installFix,
  };
}

const installFix =
  `safedpo doctor --install FILE with the onnxruntime-gpu ${runtimeVersion()} wheel, the onnxruntime_gpu jar ` +
  'or the Microsoft.ML.OnnxRuntime.Gpu.Linux NuGet package';

function brokenFiles(names: readonly string[]): Problem | null {
  return names.length === 0
    ? null
    : {
        reason:
          `${names.join(' and ')} beside libonnxruntime.so.1 ` +
          `${names.length === 1 ? 'is no library' : 'are no libraries'} for 64-bit Linux`,
        fix: installFix,
      };
}

function oldDriver({ driver }: Card, major: string | null): Problem | null {
  const oldest = major === null ? undefined : oldestDriver[major];
  if (driver === null || oldest === undefined || Number(driver.split('.')[0]) >= oldest) return null;
  return {
    reason: `the driver ${driver} is too old for CUDA ${major}`,
    fix: `install an NVIDIA driver of version ${oldest} or later`,
  };
}

function missingDriverLibrary(needed: readonly FoundLibrary[], hasCard: boolean): Problem | null {
  if (!hasCard || !needed.some(({ name, location }) => name === 'libcuda.so.1' && location === null)) return null;
  return {
    reason: 'libcuda.so.1, which is part of the driver, was not found',
    fix: 'in a container, give it the GPU (NVIDIA Container Toolkit); else install the driver again',
  };
}

function missingLibraries(needed: readonly FoundLibrary[], major: string | null): Problem | null {
  const missing = needed
    .filter(({ name, location }) => location === null && name !== 'libcuda.so.1')
    .map(({ name }) => name);
  if (missing.length === 0) return null;
  const suffix = major !== null && Number(major) < 13 ? `-cu${major}` : '';
  const packages = ['nvidia-cuda-runtime', 'nvidia-cublas', 'nvidia-curand']
    .map((name) => `${name}${suffix}`)
    .join(' ');
  return {
    reason: `CUDA libraries are missing: ${missing.join(', ')}`,
    fix:
      `install CUDA ${major ?? 'of the version that the names show'} (its toolkit, or pip install ` +
      `${packages}), or put its folder into LD_LIBRARY_PATH`,
  };
}

function missingKernels({ name, computeCapability }: Card, kernels: KernelArchitectures): Problem | null {
  if (computeCapability === null || runsOn(kernels, computeCapability)) return null;
  const built = [...kernels.compiled, ...kernels.portable].map((capability) => (capability / 10).toFixed(1));
  return {
    reason:
      `the provider file has no kernels for ${name} (compute capability ${computeCapability.toFixed(1)}; it ` +
      `has ${built.join(', ')})`,
    fix: 'use another card, or the provider webgpu or cpu',
  };
}

function nameProcesses({ processes }: Pick<Card, 'processes'>): string {
  const named = processes.map(({ pid, name, usedBytes }) => {
    const used = usedBytes === null ? '' : `, ${gigabytes(usedBytes)}`;
    return `${name} (process ${pid}${used})`;
  });
  return named.length === 0 ? '' : `: ${named.join(', ')}`;
}
