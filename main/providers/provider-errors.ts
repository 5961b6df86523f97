import { existsSync } from 'node:fs';
import type { Failure } from '../../native-models/failure.ts';
import type { Problem } from '../hardware/cuda-problems.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/** What CUDA's error numbers mean for a person (cudaError_t of the CUDA runtime API). */
const cudaErrors: { readonly [number: string]: Problem } = {
  2: { reason: 'the card has no memory free', fix: 'end what else uses the card' },
  35: {
    reason: 'the driver is too old for the CUDA version of the provider file',
    fix: 'install a newer NVIDIA driver',
  },
  100: {
    reason: 'the driver sees no card',
    fix: 'check that this machine or container has access to the card, and CUDA_VISIBLE_DEVICES',
  },
  209: {
    reason: 'the provider file has no kernels for this card',
    fix: 'use another card, or the provider webgpu or cpu',
  },
  803: {
    reason: 'the driver and the CUDA libraries do not fit together',
    fix: 'install the driver again, or take its older libcuda out of LD_LIBRARY_PATH',
  },
};

/** Why a provider did not start, in one line, from what the runtime threw and what it wrote beside it. */
export function explainProviderError(name: ProviderName, { message, details }: Failure): Problem {
  const text = [
    typeof details['reason'] === 'string' ? details['reason'] : message,
    ...(Array.isArray(details['log']) ? details['log'].map(String) : []),
  ].join('\n');
  const [, number, said] = /CUDA failure (\d+): ([^;]+?) ;/u.exec(text) ?? [];
  if (number !== undefined)
    return (
      cudaErrors[number] ?? {
        reason: `CUDA failed: ${said} (error ${number})`,
        fix: 'check the driver with nvidia-smi',
      }
    );
  // Thrown without its cause, which only the log has.
  const [, library] = /with error: (\S+): cannot open shared object file/u.exec(text) ?? [];
  if (library !== undefined)
    return {
      reason: `${library} was not found when the provider was loaded`,
      fix: 'put its folder into LD_LIBRARY_PATH',
    };
  const [, loading] = /Failed to load library \S+ with error: (.+)/u.exec(text) ?? [];
  if (loading !== undefined)
    return {
      reason: `the provider file does not load: ${loading}`,
      fix: "install the files of onnxruntime-node's own version again",
    };
  const [line = text] = text.split('\n', 1);
  // The runtime begins with a place in its source.
  return { reason: line.replace(/^\/onnxruntime_src\/.* was false\. /u, ''), fix: usualFix(name) };
}

function usualFix(name: ProviderName): string {
  if (name === 'webgpu')
    return existsSync('/dev/dri')
      ? 'install a Vulkan driver for the GPU'
      : 'a GPU with a Vulkan driver is needed; use the provider cpu';
  return name === 'cpu' ? 'report this as a defect' : 'use another provider, and report this';
}
