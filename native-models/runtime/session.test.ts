import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { matmul, reduceSum } from '../graph/contraction.ts';
import { add, cast, mul } from '../graph/elementwise.ts';
import { emit } from '../graph/lowering/emit.ts';
import { type Value, external, input, scalar, withScope } from '../graph/value.ts';
import { createReloadingSession, createSession } from './session.ts';
import type { SessionTensor } from './tensor.ts';

const cudaLibrary = join(
  dirname(createRequire(import.meta.url).resolve('onnxruntime-node')),
  '../bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
);
const cpu = { provider: 'cpu', threads: 1 } as const;

function floats(shape: readonly number[], ...data: readonly number[]): SessionTensor {
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

function emitted(outputs: { readonly [name: string]: Value }): Uint8Array {
  return emit(outputs, { target: 'cpu' }).bytes;
}

const doubled = (): Uint8Array => emitted({ y: mul(input('x', 'float32', ['n']), scalar('float32', 2)) });

async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${String(error)}`);
  return error;
}

describe('a session', () => {
  test('runs with the sizes it is fed and returns typed tensors', async () => {
    const x = input('x', 'float32', ['n']);
    const session = await createSession(
      emitted({ y: mul(x, x), whole: cast(x, 'int64'), half: cast(cast(x, 'float64'), 'int32') }),
      cpu,
    );
    expect(session.inputNames).toEqual(['x']);
    expect(await session.run({ x: floats([2], 3, -4) })).toEqual({
      y: floats([2], 9, 16),
      whole: { dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, -4n) },
      half: { dtype: 'int32', shape: [2], data: Int32Array.of(3, -4) },
    });
    expect(await session.run({ x: floats([1], 5) })).toMatchObject({ y: floats([1], 25) });
    await session.release();
  });

  test('writes preallocated outputs in place and leaves the others to the runtime', async () => {
    const x = input('x', 'float32', ['n']);
    const session = await createSession(emitted({ y: add(x, x), z: mul(x, x) }), cpu);
    const y = floats([2], 0, 0);
    const results = await session.run({ x: floats([2], 1, 3) }, { y });
    expect(results['y']).toBe(y);
    expect(y).toEqual(floats([2], 2, 6));
    expect(results['z']).toEqual(floats([2], 1, 9));
    await session.release();
  });

  test('leaves out feeds that the graph does not have', async () => {
    const session = await createSession(doubled(), cpu);
    expect(await session.run({ x: floats([1], 4), dropped: floats([1], 1) })).toEqual({ y: floats([1], 8) });
    await session.release();
  });
});

describe('tensors in files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'session-'));
    // Seven bytes in front: offsets need no alignment.
    await writeFile(
      join(folder, 'weights.bin'),
      Buffer.concat([Buffer.alloc(7), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const product = (location: string): Uint8Array =>
    emitted({
      y: matmul(
        input('x', 'float32', [1, 2]),
        external('w', 'float32', [2, 2], { location, offsetBytes: 7, lengthBytes: 16 }),
      ),
    });

  test('are read from the folder given', async () => {
    const session = await createSession(product('weights.bin'), { ...cpu, externalDataFolder: folder });
    expect(await session.run({ x: floats([1, 2], 1, 10) })).toEqual({ y: floats([1, 2], 31, 42) });
    await session.release();
  });

  test('are named when they are missing', async () => {
    const failure = await failureOf(createSession(product('absent.bin'), { ...cpu, externalDataFolder: folder }));
    expect(failure.code).toBe('session-create-failed');
    expect(failure.message).toContain('absent.bin');
  });

  test('a profile is written when the session is released', async () => {
    const session = await createSession(doubled(), { ...cpu, profilePrefix: join(folder, 'profile') });
    await session.run({ x: floats([1], 1) });
    await session.release();
    expect((await readdir(folder)).filter((name) => name.startsWith('profile'))).toHaveLength(1);
  });
});

describe('failures keep the reason the runtime gives', () => {
  test('when the graph is refused', async () => {
    expect(await failureOf(createSession(Uint8Array.of(1, 2, 3), cpu))).toMatchObject({
      code: 'session-create-failed',
      kind: 'internal',
      details: { provider: 'cpu', reason: expect.stringContaining('protobuf') },
    });
  });

  test.skipIf(existsSync(cudaLibrary))('when a provider is not there', async () => {
    expect(await failureOf(createSession(doubled(), { provider: 'cuda', threads: 1 }))).toMatchObject({
      code: 'provider-unavailable',
      kind: 'input',
      details: { provider: 'cuda' },
    });
  });

  test.each([
    ['a feed is missing', {}, {}, "input 'x' is missing"],
    ['a feed does not fit its own shape', { x: floats([3], 1) }, {}, 'does not match data length'],
    ['a feed has another rank', { x: floats([1, 1], 1) }, {}, 'Invalid rank for input: x'],
    ['a preallocated output does not fit', { x: floats([1], 1) }, { y: floats([2], 0, 0) }, 'output/y'],
    [
      'a preallocated output is unknown',
      { x: floats([1], 1) },
      { z: floats([1], 0) },
      'The graph has no output z; it has y.',
    ],
  ])('when %s', async (_, feeds, preallocated, text) => {
    const session = await createSession(doubled(), cpu);
    const failure = await failureOf(session.run(feeds, preallocated));
    expect(failure.code).toBe('session-run-failed');
    expect(failure.message).toContain(text);
    await session.release();
  });

  test('when it was released', async () => {
    const session = await createSession(doubled(), cpu);
    await session.release();
    expect((await failureOf(session.run({ x: floats([1], 1) }))).message).toContain('disposed');
  });

  test('when memory runs out: out-of-memory with the node that met it', async () => {
    const product = withScope('head', () =>
      matmul(input('column', 'float32', ['n', 1]), input('row', 'float32', [1, 'n'])),
    );
    const session = await createSession(emitted({ y: reduceSum(product, { axes: [0, 1] }) }), cpu);
    const million = new Float32Array(2 ** 20);
    const failure = await failureOf(
      session.run({
        column: { dtype: 'float32', shape: [2 ** 20, 1], data: million },
        row: { dtype: 'float32', shape: [1, 2 ** 20], data: million },
      }),
    );
    expect(failure).toMatchObject({
      kind: 'capacity',
      code: 'out-of-memory',
      details: { node: expect.stringContaining('head/'), requestedBytes: 2 ** 42 },
    });
    await session.release();
  });

  test('when an output cannot cross the boundary', async () => {
    const session = await createSession(emitted({ y: cast(input('x', 'float32', ['n']), 'float16') }), cpu);
    expect((await failureOf(session.run({ x: floats([1], 1) }))).code).toBe('session-output-type');
    await session.release();
  });
});

test('a reloading session runs on after it was released', async () => {
  const session = await createReloadingSession(doubled(), cpu);
  await session.release();
  await session.release();
  expect((await session.run({ x: floats([2], 1, 3) }))['y']?.data).toEqual(Float32Array.of(2, 6));
  await session.release();
});
