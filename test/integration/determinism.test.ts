import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finalHashes, runEngine, writeRandomModel, writeRun } from './engine-run.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'determinism-'));
  await writeRandomModel(join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const kinds = [
  { name: 'LoRA', changes: {} },
  { name: 'LoRA, three micro-batches a step', changes: { accumulate: 3 } },
  { name: 'LoRA, recomputed layers, own prefixes', changes: { keptLayers: 1, sharedPrefix: false } },
  { name: 'full', changes: { lora: null, learningRate: 0.001 } },
  { name: 'full, three micro-batches a step', changes: { lora: null, learningRate: 0.001, accumulate: 3 } },
] as const;

describe('the same run gives the same bytes', () => {
  it.each(kinds)('$name', async ({ name, changes }) => {
    const seen: { readonly [file: string]: string }[] = [];
    for (const attempt of ['first', 'second']) {
      const run = join(folder, `${name} ${attempt}`);
      await writeRun(run, join(folder, 'model'), changes);
      expect(await runEngine(run)).toMatchObject({ code: 0 });
      seen.push(await finalHashes(run));
    }
    expect(Object.keys(seen[0] ?? {})).toEqual(
      'lora' in changes
        ? ['model.safetensors', 'optimizer.safetensors']
        : ['adapter.safetensors', 'optimizer.safetensors'],
    );
    expect(seen[1]).toEqual(seen[0]);
  });

  it('another seed gives others', async () => {
    const hashes = await Promise.all(
      [1, 2].map(async (seed) => {
        const run = join(folder, `seed ${seed}`);
        await writeRun(run, join(folder, 'model'), { seed });
        await runEngine(run);
        return (await finalHashes(run))['adapter.safetensors'];
      }),
    );
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/u);
    expect(hashes[1]).not.toBe(hashes[0]);
  });
});
