import { fileURLToPath } from 'node:url';
import { withoutTelemetry } from '../../native-models/runtime/without-telemetry.ts';
import { engineLibraryPath } from '../hardware/cuda-libraries.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

const source = fileURLToPath(new URL('../../native-models/engine/main.ts', import.meta.url));

/** How to start the engine process. */
export interface EngineCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The engine with the same Node that runs this, or with the one that `SAFEDPO_ENGINE_NODE` names: the packaged app sets
 * it, since an Electron process cannot hold large models, and with it `SAFEDPO_ENGINE_SCRIPT`, the bundled engine. For
 * CUDA the library path is set before the process starts.
 */
export function engineCommand(provider: ProviderName, ...taskArguments: readonly string[]): EngineCommand {
  const environment = { ...process.env, ...withoutTelemetry, ...(provider === 'cuda' ? cudaEnvironment() : {}) };
  return {
    executable: process.env['SAFEDPO_ENGINE_NODE'] ?? process.execPath,
    arguments: [
      '--disable-warning=ExperimentalWarning',
      process.env['SAFEDPO_ENGINE_SCRIPT'] ?? source,
      ...taskArguments,
    ],
    environment,
  };
}

/**
 * What CUDA reads when it is loaded. ONNX Runtime lets cuBLAS round the operands of float32 products to ten bits (TF32)
 * and takes no setting against it, so that float32 would not be float32, nor pass the self-test.
 */
function cudaEnvironment(): NodeJS.ProcessEnv {
  const libraryPath = engineLibraryPath();
  return { NVIDIA_TF32_OVERRIDE: '0', ...(libraryPath === null ? {} : { LD_LIBRARY_PATH: libraryPath }) };
}
