import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, nat, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../failure.ts';
import { readSafetensorsHeader, readTensor, readTensor64, streamTensor } from './read.ts';
import { readWeights, writeWeights } from '../../model-folder/shards.ts';
import { wholeTensor, writeSafetensors, type TensorToWrite } from './write.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

const floats = (name: string, shape: readonly number[], values: readonly number[]): TensorToWrite => ({
  name,
  dtype: 'float32',
  shape,
  data: () => [new Uint8Array(Float32Array.from(values).buffer)],
});

describe('writeSafetensors', () => {
  it('writes what the reader reads, wider dtypes first, data aligned to 8 bytes', async () => {
    const file = join(folder, 'a.safetensors');
    const bytes: TensorToWrite = { name: 'a.bytes', dtype: 'uint8', shape: [3], data: () => [Uint8Array.of(1, 2, 3)] };
    expect(
      await writeSafetensors(file, { step: '7' }, [bytes, floats('z', [2, 2], [1, 2, 3, 4]), floats('b', [], [5])]),
    ).toBe(23);
    const header = await readSafetensorsHeader(file);
    expect(header.metadata).toEqual({ format: 'pt', step: '7' });
    expect(header.tensors.map(({ name, shape, lengthBytes }) => ({ name, shape, lengthBytes }))).toEqual([
      { name: 'b', shape: [], lengthBytes: 4 },
      { name: 'z', shape: [2, 2], lengthBytes: 16 },
      { name: 'a.bytes', shape: [3], lengthBytes: 3 },
    ]);
    const [, z, a] = header.tensors;
    if (!z || !a) throw new Error('two tensors were written');
    expect((z.offsetBytes - 4) % 8).toBe(0);
    expect([...(await readTensor(z))]).toEqual([1, 2, 3, 4]);
    expect([...(await readTensor64(z))]).toEqual([1, 2, 3, 4]);
    const pieces: number[] = [];
    for await (const piece of streamTensor(a)) for (const value of piece) pieces.push(value);
    expect(pieces).toEqual([1, 2, 3]);
    await expect(readTensor(a)).rejects.toMatchObject({ code: 'tensor-dtype-not-supported' });
  });

  it('a tensor longer than a piece of the stream comes back whole', async () => {
    const file = join(folder, 'long.safetensors');
    const values = Array.from({ length: 1_500_000 }, (_, index) => index);
    await writeSafetensors(file, {}, [floats('w', [values.length], values)]);
    const [entry] = (await readSafetensorsHeader(file)).tensors;
    if (entry === undefined) throw new Error('one tensor was written');
    const whole = await wholeTensor({ data: () => streamTensor(entry) });
    expect(Buffer.compare(whole, new Uint8Array(Float32Array.from(values).buffer))).toBe(0);
  });

  it('gives the bytes of the reference implementation', async () => {
    const file = join(folder, 'reference.safetensors');
    await writeSafetensors(file, {}, [floats('w', [1], [1])]);
    // safetensors.torch.save({"w": torch.ones(1)}, metadata={"format": "pt"}) of safetensors 0.6
    const json = '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(88);
    expect((await readFile(file)).toString('hex')).toBe(
      Buffer.concat([
        Buffer.from([88, 0, 0, 0, 0, 0, 0, 0]),
        Buffer.from(json),
        Buffer.from([0, 0, 0x80, 0x3f]),
      ]).toString('hex'),
    );
  });

  it('leaves the older file and nothing else when the data is of the wrong length', async () => {
    const file = join(folder, 'a.safetensors');
    await writeSafetensors(file, {}, [floats('w', [1], [1])]);
    const before = await readFile(file);
    await expect(writeSafetensors(file, {}, [floats('w', [2], [1])])).rejects.toMatchObject({
      code: 'tensor-data-length',
    });
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(folder)).toEqual(['a.safetensors']);
  });
});

it('reads a damaged file or refuses it with a code, and never gives bytes outside it', async () => {
  const file = join(folder, 'damaged.safetensors');
  await writeSafetensors(file, {}, [floats('x', [2, 3], [1, 2, 3, 4, 5, 6]), floats('y', [2], [7, 8])]);
  const whole = await readFile(file);
  const damage = array(record({ at: nat(whole.length - 1), to: nat(255) }), { maxLength: 3 });
  await assert(
    asyncProperty(damage, nat(whole.length), async (changes, length) => {
      const bytes = Buffer.from(whole.subarray(0, length));
      for (const { at, to } of changes) if (at < length) bytes[at] = to;
      await writeFile(file, bytes);
      const header = await readSafetensorsHeader(file).catch((error: unknown) => error);
      if (header instanceof Failure) return;
      if (header instanceof Error) throw header;
      for (const entry of (await readSafetensorsHeader(file)).tensors)
        expect(entry.offsetBytes + entry.lengthBytes).toBeLessThanOrEqual(length);
    }),
    { numRuns: 300 },
  );
});

describe('shards', () => {
  it('are written as the layout says and read through the index, also behind links', async () => {
    const layout = {
      sharded: true,
      fileOf: new Map([
        ['x', 'model-00001-of-00002.safetensors'],
        ['y', 'model-00002-of-00002.safetensors'],
      ]),
    };
    await writeWeights(folder, layout, {}, [floats('y', [1], [2]), floats('x', [1], [1])]);
    expect(JSON.parse(await readFile(join(folder, 'model.safetensors.index.json'), 'utf8'))).toEqual({
      metadata: { total_size: 8 },
      weight_map: Object.fromEntries(layout.fileOf),
    });
    const cache = join(folder, 'snapshot');
    await symlink(folder, cache);
    const weights = await readWeights(cache);
    expect([...weights.tensors.keys()].sort()).toEqual(['x', 'y']);
    expect(weights.layout).toEqual(layout);
    expect(weights.tensors.get('x')?.file).toContain(join(folder, 'model-00001'));
  });
});
