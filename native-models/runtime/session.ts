import type { InferenceSession as RuntimeSession } from 'onnxruntime-node';
import { badInput, doesNotFit, failed, type Failure } from '../failure.ts';
import { InferenceSession } from './onnx-runtime.ts';
import { type SessionTensors, fromRuntime, toRuntime } from './tensor.ts';

export type ProviderName = 'cpu' | 'cuda' | 'webgpu' | 'dml';

export interface SessionSettings {
  readonly provider: ProviderName;
  /** Threads of one operator; operators run one after another. */
  readonly threads: number;
  /** The resolved folder (no symbolic links) that external tensors' locations are relative to. */
  readonly externalDataFolder?: string;
  /** Writes a profile to `PREFIX_DATE.json` when the session is released. */
  readonly profilePrefix?: string;
  /** Refuses the graph where a node would run on the CPU instead of the provider. */
  readonly forbidCpuNodes?: boolean;
}

/** A loaded graph. Not thread-safe, and a run blocks its thread: the engine is a process of its own for that. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph once. `preallocated` outputs are written in place and returned as given; the others are new.
   * Feeds that the graph does not have are left out, since emission drops inputs that no output needs.
   * Throws `session-run-failed` with the runtime's own text, `precision-unavailable`, `out-of-memory` with the node
   * that met it.
   */
  run(feeds: SessionTensors, preallocated?: SessionTensors): Promise<SessionTensors>;
  /** Gives the memory back. */
  release(): Promise<void>;
}

/**
 * Graphs arrive in their final form, so the runtime changes nothing: no optimiser, no memory patterns (they double the
 * activations held), no prepacking (a copy of each weight per consumer). Measured with ONNX Runtime 1.30.
 */
function sessionOptions({
  provider,
  threads,
  externalDataFolder,
  profilePrefix,
  forbidCpuNodes,
}: SessionSettings): RuntimeSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: {
        disable_prepacking: '1',
        // Waiting threads sleep: with other work on the same cores, a step took 1.5 to 3.7 times as long when they
        // spun.
        'intra_op.allow_spinning': '0',
        ...(provider === 'cpu' ? {} : { use_device_allocator_for_initializers: '1' }),
        ...(forbidCpuNodes === true ? { disable_cpu_ep_fallback: '1' } : {}),
        ...(externalDataFolder === undefined
          ? {}
          : { model_external_initializers_file_folder_path: externalDataFolder }),
      },
    },
  };
}

/** What the runtime says when a provider itself, not the graph, is the trouble. */
const providerTrouble = anyOf([
  'Failed to load shared library',
  'backend not found',
  'no available backend',
  'Failed to get a WebGPU',
  'No supported adapters',
  'AppendExecutionProvider',
  'CUDA failure',
  'CUDA driver',
  'no CUDA-capable device',
]);

/** What the runtime's allocators, CUDA, cuBLAS, the C++ library and Direct3D say when memory runs out. */
const memoryTrouble = anyOf([
  'Failed to allocate memory',
  'bad_alloc',
  'CUDA failure 2:',
  'out of memory',
  '_STATUS_ALLOC_FAILED',
  'Cannot allocate memory',
  'E_OUTOFMEMORY',
  '8007000E',
]);

function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.join('|'), 'iu');
}

/** The runtime's words, without the signature of the function that a CUDA error came through. */
function textOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim().replace(/[.]$/u, '');
  return /(?:CUDA|CUBLAS) failure \d+: [^;]+/u.exec(text)?.[0].trim() ?? text;
}

/**
 * `out-of-memory` with the node that could not go on and what it asked for, where the runtime says so; `null` for other
 * trouble.
 */
function memoryFailure(error: unknown, provider: ProviderName): Failure | null {
  const text = error instanceof Error ? error.message : String(error);
  if (!memoryTrouble.test(text)) return null;
  const node = /Name:'([^']*)'/u.exec(text)?.[1] ?? null;
  const requested = /requested buffer of size (\d+)/u.exec(text)?.[1];
  return doesNotFit(
    'out-of-memory',
    `Memory ran out on ${provider}${node === null ? '' : ` at ${node}`}: ${textOf(error)}.`,
    { provider, node, requestedBytes: requested === undefined ? null : Number(requested), reason: textOf(error) },
    { cause: error },
  );
}

/** A graphics device without 16-bit floats, asked to read or compute some; `null` for other trouble. */
function halfPrecisionFailure(error: unknown, provider: ProviderName): Failure | null {
  const reason = textOf(error);
  if (!/requires f16 but the device does not support it/u.test(reason)) return null;
  return badInput(
    'precision-unavailable',
    `The device of ${provider} has no 16-bit floats, which this precision or the stored weights need. ` +
      'Choose the provider cpu, or the precision float32 with weights stored in float32.',
    { provider, reason },
    { cause: error },
  );
}

function createFailure(error: unknown, provider: ProviderName): Failure {
  const text = textOf(error);
  const memory = memoryFailure(error, provider);
  if (memory !== null) return memory;
  if (providerTrouble.test(text)) {
    return badInput(
      'provider-unavailable',
      `The provider ${provider} cannot be used here: ${text}. Choose another provider, or see in the doctor ` +
        'what is missing.',
      { provider, reason: text },
      { cause: error },
    );
  }
  return failed(
    'session-create-failed',
    `The runtime refused the graph for ${provider}: ${text}.`,
    { provider, reason: text },
    { cause: error },
  );
}

async function runChecked(
  session: RuntimeSession,
  provider: ProviderName,
  feeds: SessionTensors,
  preallocated: SessionTensors,
): Promise<RuntimeSession.ReturnType> {
  try {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toRuntime(tensor)]));
    const fetches = Object.fromEntries(
      session.outputNames.map((name) => {
        const given = preallocated[name];
        return [name, given === undefined ? null : toRuntime(given)];
      }),
    );
    return await session.run(inputs, fetches);
  } catch (error) {
    throw (
      memoryFailure(error, provider) ??
      halfPrecisionFailure(error, provider) ??
      failed(
        'session-run-failed',
        `The runtime failed on ${provider}: ${textOf(error)}.`,
        { provider, reason: textOf(error) },
        { cause: error },
      )
    );
  }
}

/**
 * Loads a serialised graph for one provider. Throws `provider-unavailable` when the provider cannot start,
 * `session-create-failed` when the graph is refused.
 */
export async function createSession(bytes: Uint8Array, settings: SessionSettings): Promise<Session> {
  const { provider } = settings;
  const session = await InferenceSession.create(bytes, sessionOptions(settings)).catch((error: unknown) => {
    throw createFailure(error, provider);
  });
  return opened(session, settings);
}

/**
 * Loads a graph from its file as other programs do, on the CPU with the runtime's own optimiser; external data is
 * looked for beside it. Only prepacking is off: it would hold every weight in memory once more. Throws as {@link
 * createSession}.
 */
export async function openGraphFile(path: string, threads: number): Promise<Session> {
  const settings = { provider: 'cpu', threads } as const;
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    extra: { session: { disable_prepacking: '1', 'intra_op.allow_spinning': '0' } },
  } as const;
  const session = await InferenceSession.create(path, options).catch((error: unknown) => {
    throw createFailure(error, settings.provider);
  });
  return opened(session, settings);
}

function opened(session: RuntimeSession, { provider, profilePrefix }: SessionSettings): Session {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, preallocated = {}) {
      const unknown = Object.keys(preallocated).find((name) => !session.outputNames.includes(name));
      if (unknown !== undefined)
        throw failed(
          'session-run-failed',
          `The graph has no output ${unknown}; it has ${session.outputNames.join(', ')}.`,
          { provider, output: unknown },
        );
      const results = await runChecked(session, provider, feeds, preallocated);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, preallocated[name] ?? fromRuntime(name, tensor)]),
      );
    },
    async release() {
      if (profilePrefix !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/**
 * {@link createSession}, but a session that was released loads again at its next run: others had its memory meanwhile.
 */
export async function createReloadingSession(bytes: Uint8Array, settings: SessionSettings): Promise<Session> {
  const first = await createSession(bytes, settings);
  let loaded: Session | null = first;
  return {
    inputNames: first.inputNames,
    outputNames: first.outputNames,
    async run(feeds, preallocated) {
      loaded ??= await createSession(bytes, settings);
      return loaded.run(feeds, preallocated);
    },
    async release() {
      const session = loaded;
      loaded = null;
      await session?.release();
    },
  };
}
