import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ProviderName } from '../../native-models/engine/job.ts';
import { badInput, Failure } from '../../native-models/failure.ts';
import { runTask } from '../engine/run-task.ts';
import { findCudaLibraries, runtimeVersion } from './cuda-libraries.ts';
import { findGpus, type Gpu } from './gpus.ts';

/** Whether an execution provider can be used here; `reason` and `fix` are one line each. */
export interface ProviderReport {
  readonly name: ProviderName;
  readonly usable: boolean;
  readonly reason: string | null;
  readonly fix: string | null;
}

/** Checks one provider: what it needs is there, and the engine's gradient self-test passes on it. */
export async function checkProvider(name: ProviderName, signal?: AbortSignal): Promise<ProviderReport> {
  const missing = name === 'cuda' ? cudaMissing(await findGpus()) : null;
  if (missing !== null) return { name, usable: false, ...missing };
  try {
    for await (const event of runTask('self-test', { device: { provider: name, threads: availableParallelism() } }, signal)) {
      if (event.event !== 'done' || event['usable'] === true) continue;
      return { name, usable: false, reason: `its gradients are wrong by ${String(event['maxRelativeError'])} of the largest`, fix: 'choose another provider' };
    }
    return { name, usable: true, reason: null, fix: null };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'interrupted') throw error;
    const { reason } = error.details;
    return { name, usable: false, reason: oneLine(typeof reason === 'string' ? reason : error.message), fix: fixFor(name) };
  }
}

/**
 * The provider for `choice`: itself when it was named, for `auto` CUDA when it works, else the CPU.
 * Throws `provider-unavailable` for a named one that cannot work here.
 */
export async function chooseProvider(choice: ProviderName | 'auto', signal?: AbortSignal): Promise<ProviderName> {
  if (choice === 'cpu') return 'cpu';
  if (choice === 'auto' && cudaMissing(await findGpus()) !== null) return 'cpu';
  const report = await checkProvider(choice === 'auto' ? 'cuda' : choice, signal);
  if (report.usable) return report.name;
  if (choice === 'auto') return 'cpu';
  throw badInput('provider-unavailable', `The provider ${choice} cannot be used here: ${report.reason ?? 'unknown reason'}. To mend it: ${report.fix ?? 'choose another provider'}.`, { provider: choice, reason: report.reason, fix: report.fix });
}

type Missing = Pick<ProviderReport, 'reason' | 'fix'>;

/** What CUDA lacks here; `null` when nothing is missing that can be seen without starting it. */
function cudaMissing(gpus: readonly Gpu[]): Missing | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: `onnxruntime-node has no CUDA provider for ${process.platform}-${process.arch}`, fix: 'use Linux on x64' };
  if (gpus.length === 0) return { reason: 'no NVIDIA GPU or driver was found', fix: 'install the NVIDIA driver, or use the provider cpu' };
  const { providerFiles, needed } = findCudaLibraries();
  const files = providerFiles.filter(({ location }) => location === null).map(({ name }) => name);
  if (files.length > 0) return { reason: `${files.join(' and ')} are missing beside libonnxruntime.so.1`, fix: `safedpo doctor --install FILE with the onnxruntime-gpu ${runtimeVersion()} wheel, the onnxruntime_gpu jar or the Microsoft.ML.OnnxRuntime.Gpu.Linux NuGet package` };
  const libraries = needed.filter(({ location }) => location === null).map(({ name }) => name);
  if (libraries.length > 0) return { reason: `CUDA libraries are missing: ${libraries.join(', ')}`, fix: `install CUDA ${cudaMajor(libraries)} (toolkit or NVIDIA's Python wheels) or put its folder into LD_LIBRARY_PATH` };
  return null;
}

function cudaMajor(libraries: readonly string[]): string {
  return libraries.map((name) => /^lib(?:cublas|cublasLt|cudart)\.so\.(\d+)$/.exec(name)?.[1]).find((major) => major !== undefined) ?? 'of the version the names show';
}

function fixFor(name: ProviderName): string {
  if (name === 'webgpu') return existsSync('/dev/dri') ? 'install a Vulkan driver for the GPU' : 'a GPU with a Vulkan driver is needed; use the provider cpu';
  return name === 'cuda' ? 'check that the driver is new enough for this CUDA version' : 'report this as a defect';
}

/** The first line, without the place in the runtime's source that it begins with. */
function oneLine(text: string): string {
  const [line = text] = text.split('\n', 1);
  return line.replace(/^\/onnxruntime_src\/.* was false\. /, '');
}
