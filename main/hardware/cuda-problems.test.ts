import { describe, expect, it } from 'vitest';
import type { Card } from '../../native-models/runtime/nvidia-smi.ts';
import { Failure } from '../../native-models/failure.ts';
import { cudaObstacles, cudaWarnings, type CudaSituation } from './cuda-problems.ts';
import { explainProviderError } from '../providers/provider-errors.ts';

const at = (name: string): { name: string; location: string | null } => ({ name, location: `/lib/${name}` });
const card: Card = {
  name: 'NVIDIA GeForce RTX 4090',
  driver: '580.65.06',
  computeCapability: 8.9,
  totalBytes: 24e9,
  usedBytes: 1e9,
  freeBytes: 23e9,
  processes: [],
};
/** As the 1.30.0 provider file asks for it. */
const works: CudaSituation = {
  platform: 'linux-x64',
  cards: [card],
  libraries: {
    providerFiles: [at('libonnxruntime_providers_shared.so'), at('libonnxruntime_providers_cuda.so')],
    needed: ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13', 'libcuda.so.1'].map(at),
    optional: [],
    broken: [],
  },
  kernels: { compiled: [75, 80, 86, 89, 90, 120], portable: [] },
};
const without = (name: string): CudaSituation['libraries'] => ({
  ...works.libraries,
  needed: works.libraries.needed.map((library) => (library.name === name ? { ...library, location: null } : library)),
});

describe('CUDA', () => {
  it('has no obstacle and no warning where everything is there', () => {
    expect(cudaObstacles(works)).toEqual([]);
    expect(cudaWarnings(works)).toEqual([]);
  });

  it.each<[string, Partial<CudaSituation>, RegExp, RegExp]>([
    ['a platform without a build', { platform: 'win32-x64' }, /no CUDA provider for win32-x64/, /webgpu or dml/],
    ['no card', { cards: [] }, /no NVIDIA GPU/, /driver/],
    [
      'a provider file that is no library',
      { libraries: { ...works.libraries, broken: ['libonnxruntime_providers_cuda.so'] } },
      /libonnxruntime_providers_cuda.so .* is no library/,
      /doctor --install/,
    ],
    [
      'a missing provider file',
      {
        libraries: {
          ...works.libraries,
          providerFiles: [{ name: 'libonnxruntime_providers_cuda.so', location: null }],
        },
      },
      /libonnxruntime_providers_cuda.so is missing/,
      /doctor --install/,
    ],
    [
      'an old driver',
      { cards: [{ ...card, driver: '570.86' }] },
      /driver 570.86 is too old for CUDA 13/,
      /580 or later/,
    ],
    [
      'a missing CUDA library',
      { libraries: without('libcublas.so.13') },
      /libcublas.so.13/,
      /CUDA 13 .*pip install nvidia-cuda-runtime nvidia-cublas nvidia-curand\)/,
    ],
    [
      'a container without the driver',
      { libraries: without('libcuda.so.1') },
      /libcuda.so.1, which is part of the driver/,
      /container/,
    ],
    [
      'a card older than the kernels',
      { cards: [{ ...card, name: 'Tesla V100', computeCapability: 7 }] },
      /no kernels for Tesla V100 \(compute capability 7.0; it has 7.5, 8.0/,
      /webgpu/,
    ],
    [
      'a card between the kernels',
      { cards: [{ ...card, name: 'B200', computeCapability: 10 }] },
      /no kernels for B200/,
      /another card/,
    ],
    [
      'a card without free memory',
      { cards: [{ ...card, freeBytes: 3e8, processes: [{ pid: 7, name: 'python3', usedBytes: 22e9 }] }] },
      /only 300 MB .* free/,
      /python3 \(process 7, 22.0 GB\)/,
    ],
  ])('names %s in one line with its fix', (_, change, reason, fix) => {
    const [problem, ...rest] = cudaObstacles({ ...works, ...change });
    expect(rest).toEqual([]);
    expect(problem?.reason).toMatch(reason);
    expect(problem?.fix).toMatch(fix);
    expect(`${problem?.reason}${problem?.fix}`).not.toContain('\n');
  });

  it('names all obstacles, the first to fix first', () => {
    const reasons = cudaObstacles({
      ...works,
      cards: [{ ...card, driver: '525.1' }],
      libraries: without('libcudart.so.13'),
    }).map(({ reason }) => reason);
    expect(reasons).toEqual([expect.stringContaining('too old'), expect.stringContaining('libcudart.so.13')]);
  });

  it('warns of another process that computes on the card, not of a desktop', () => {
    const shared = {
      ...works,
      cards: [
        {
          ...card,
          processes: [
            { pid: 9, name: '/usr/bin/blender', usedBytes: 2.1e9 },
            { pid: 2, name: 'Xorg', usedBytes: 9e7 },
          ],
        },
      ],
    };
    expect(cudaWarnings(shared).map(({ reason }) => reason)).toEqual([
      'another process is using NVIDIA GeForce RTX 4090: /usr/bin/blender (process 9, 2.1 GB)',
    ]);
  });
});

/**
 * What onnxruntime 1.30.0 said here: with the provider file alone, with CUDA 13 but no driver, and with drivers that
 * have no CUDA 13 and no card.
 */
describe('the reason a provider did not start', () => {
  const thrown = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
  const call = (said: string): string =>
    '/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 std::conditional_t<THRW, void, ' +
    'onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*) [with ERRTYPE = cudaError; ' +
    `bool THRW = true] ${said} ; GPU=-1 ; hostname=vm ; ` +
    'file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=268';
  it.each([
    [
      thrown,
      [
        '[ONNXRuntimeError] : 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with ' +
          'error: libcublasLt.so.13: cannot open shared object file: No such file or directory',
      ],
      'libcublasLt.so.13 was not found when the provider was loaded',
    ],
    [
      thrown,
      [
        'FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: /lib/libc.so.6: ' +
          "version `GLIBC_2.38' not found",
      ],
      "the provider file does not load: /lib/libc.so.6: version `GLIBC_2.38' not found",
    ],
    [
      call('CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version'),
      [],
      'the driver is too old for the CUDA version of the provider file',
    ],
    [call('CUDA failure 100: no CUDA-capable device is detected'), [], 'the driver sees no card'],
    [call('CUDA failure 999: unknown error'), [], 'CUDA failed: unknown error (error 999)'],
    [
      '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 Initialize() ' +
        'adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU ' +
        'adapter: No supported adapters',
      [],
      'Failed to get a WebGPU adapter: No supported adapters',
    ],
  ])('%s', (reason, log, expected) => {
    expect(
      explainProviderError('cuda', new Failure('input', 'provider-unavailable', 'x', { reason, log })).reason,
    ).toBe(expected);
  });
});
