import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Failure } from '../../native-models/failure.ts';
import { runTask } from '../engine/run-task.ts';
import { providerFiles, findCudaLibraries } from '../hardware/cuda-libraries.ts';
import { kernelArchitectures } from '../hardware/cuda-kernels.ts';
import { cudaObstacles, cudaWarnings, type CudaSituation, type Problem } from '../hardware/cuda-problems.ts';
import { findGpus } from '../hardware/gpus.ts';
import { explainProviderError } from './provider-errors.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/** Whether an execution provider can be used here. */
export interface ProviderReport {
  readonly name: ProviderName;
  readonly usable: boolean;
  /** The first of the problems, where it cannot be used. */
  readonly reason: string | null;
  readonly fix: string | null;
  /** All that stands in the way, or that will be felt although it works. */
  readonly problems: readonly Problem[];
  /** Of plain float32 matrix products, measured with the self-test; `null` where it cannot be used. */
  readonly flopsPerSecond: number | null;
}

/**
 * The providers that onnxruntime-node could have on this platform, CUDA among them so that its absence is explained.
 */
export function providersHere(): readonly ProviderName[] {
  return process.platform === 'win32' ? ['cpu', 'cuda', 'webgpu', 'dml'] : ['cpu', 'cuda', 'webgpu'];
}

/** Checks one provider: what it needs is there, and the engine's gradient self-test passes on it. */
export async function checkProvider(name: ProviderName, signal?: AbortSignal): Promise<ProviderReport> {
  const situation = name === 'cuda' ? await cudaSituation() : null;
  const obstacles = situation === null ? [] : cudaObstacles(situation);
  if (obstacles.length > 0) return unusable(name, obstacles);
  let flopsPerSecond: number | null = null;
  try {
    for await (const event of runTask(
      'self-test',
      { device: { provider: name, threads: availableParallelism() } },
      signal,
    )) {
      flopsPerSecond = event.flopsPerSecond;
      if (event.usable) continue;
      return unusable(name, [
        {
          reason: `its gradients are wrong by ${event.maxRelativeError} of the largest`,
          fix: 'choose another provider',
        },
      ]);
    }
    return {
      name,
      usable: true,
      reason: null,
      fix: null,
      problems: situation === null ? [] : cudaWarnings(situation),
      flopsPerSecond,
    };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'interrupted') throw error;
    return unusable(name, [explainProviderError(name, error)]);
  }
}

async function cudaSituation(): Promise<CudaSituation> {
  const libraries = findCudaLibraries();
  const provider = libraries.providerFiles.find(({ name }) => name === providerFiles[1])?.location ?? null;
  return {
    platform: `${process.platform}-${process.arch}`,
    cards: await findGpus(),
    libraries,
    kernels:
      provider === null || libraries.broken.length > 0 || !existsSync(provider) ? null : kernelArchitectures(provider),
  };
}

function unusable(name: ProviderName, problems: readonly Problem[]): ProviderReport {
  return {
    name,
    usable: false,
    reason: problems[0]?.reason ?? null,
    fix: problems[0]?.fix ?? null,
    problems,
    flopsPerSecond: null,
  };
}
