import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parameterCount } from '../../native-models/decoder/tensor-shapes.ts';
import { sharedRotary } from '../../native-models/families/layer-plans.ts';
import { hashModelFolder, openModelFolder, readModelConfig } from '../../native-models/model-folder/model-folder.ts';
import { readTensor, streamTensor } from '../../native-models/formats/safetensors/read.ts';
import { writeWeights } from '../../native-models/model-folder/shards.ts';
import { dataFolder, hasData, readData } from './real-data.ts';
import { tinyConfig, writeJson, writeTinyModel } from './tiny-model.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openModelFolder', () => {
  it('names the files to carry over and the licence among them', async () => {
    await writeTinyModel(folder);
    for (const name of [
      'LICENSE',
      'USE_POLICY.md',
      'README.md',
      'chat_template.jinja',
      'merges.txt',
      'training_args.bin',
    ])
      await writeFile(join(folder, name), '');
    const { carriedFiles, licenceFiles } = await openModelFolder(folder);
    expect(carriedFiles).toEqual([
      'LICENSE',
      'USE_POLICY.md',
      'chat_template.jinja',
      'merges.txt',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(licenceFiles).toEqual(['LICENSE', 'USE_POLICY.md']);
  });

  it('takes the ends of text from generation_config.json, else from config.json', async () => {
    await writeTinyModel(folder);
    expect((await openModelFolder(folder)).generationConfig).toEqual({ bosId: 0, eosIds: [1], padId: null });
    await writeJson(folder, 'generation_config.json', { eos_token_id: [1, 2], pad_token_id: 3 });
    expect((await openModelFolder(folder)).generationConfig).toEqual({ bosId: 0, eosIds: [1, 2], padId: 3 });
  });

  it('reads a folder of links, as the Hugging Face cache has it, and gives the files behind them', async () => {
    await writeTinyModel(folder, true);
    const blobs = join(folder, 'blobs');
    const snapshot = join(folder, 'snapshot');
    await mkdir(blobs);
    await mkdir(snapshot);
    for (const name of (await readdir(folder)).filter((entry) => entry.includes('.'))) {
      await rename(join(folder, name), join(blobs, `blob-of-${name}`));
      await symlink(join('..', 'blobs', `blob-of-${name}`), join(snapshot, name));
    }
    const { tensors, layout, config } = await openModelFolder(snapshot);
    expect(config.layers).toHaveLength(tinyConfig.num_hidden_layers);
    expect(layout.sharded).toBe(true);
    expect(tensors.get('model.layers.1.mlp.up_proj.weight')?.file).toContain(
      join('blobs', 'blob-of-model-00002-of-00002.safetensors'),
    );
  });
});

describe('hashModelFolder', () => {
  it('covers what decides the output, and nothing else', async () => {
    await writeTinyModel(folder);
    await writeFile(join(folder, 'README.md'), 'words');
    const hashes = await hashModelFolder(folder);
    expect(Object.keys(hashes)).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    for (const [name, hash] of Object.entries(hashes))
      expect(hash).toBe(
        createHash('sha256')
          .update(await readFile(join(folder, name)))
          .digest('hex'),
      );
  });
});

describe.skipIf(!hasData)('config.json of real models, without their weights', () => {
  const place = (file: string): Promise<void> => writeFile(join(folder, 'config.json'), readData(file));

  it('Llama 3.1 70B', async () => {
    await place('configs/llama-3.1-70b.config.json');
    const { config } = await readModelConfig(folder);
    expect(parameterCount(config)).toBe(70_553_706_496);
    expect(config).toMatchObject({
      family: 'llama',
      headDim: 128,
      keyValueHeads: 8,
      torchDtype: 'bfloat16',
    });
    expect(sharedRotary(config)).toMatchObject({ theta: 500_000, scaling: { kind: 'llama3', factor: 8 } });
  });

  it('Mistral 7B', async () => {
    await place('configs/mistral-7b-v0.1.config.json');
    expect((await readModelConfig(folder)).config).toMatchObject({
      family: 'mistral',
      layers: Array.from({ length: 32 }, () => ({ window: 4096 })),
      headDim: 128,
      biases: { queryKeyValue: false },
    });
  });

  it('a Gemma of 14 layers', async () => {
    await place('configs/gemma-14layer.config.json');
    expect((await readModelConfig(folder)).config).toMatchObject({
      family: 'gemma',
      layers: { length: 14 },
      activation: 'gelu-tanh',
      norms: { offset: 1 },
    });
  });

  it('Phi 2', async () => {
    await place('configs/phi-2.config.json');
    expect((await readModelConfig(folder)).config).toMatchObject({ family: 'phi', headDim: 80 });
  });

  it('Pythia is refused by what it needs', async () => {
    await place('tokenizers/pythia/config.json');
    await expect(readModelConfig(folder)).rejects.toMatchObject({
      code: 'architecture-not-supported',
      message: expect.stringContaining('Pythia'),
    });
  });
});

describe.skipIf(!hasData)('stories260K', () => {
  const stories = join(dataFolder, 'models/stories260K-hf');

  it('is written again byte for byte, as it was read', async () => {
    const { tensors, layout } = await openModelFolder(stories);
    await writeWeights(
      folder,
      layout,
      {},
      [...tensors.values()].map((entry) => ({ ...entry, data: () => streamTensor(entry) })),
    );
    const [written, source] = [
      await readFile(join(folder, 'model.safetensors')),
      await readFile(join(stories, 'model.safetensors')),
    ];
    expect(written.equals(source)).toBe(true);
  });

  it('has the values its file holds', async () => {
    const entry = (await openModelFolder(stories)).tensors.get('model.norm.weight');
    if (!entry) throw new Error('the model has a last norm');
    const bytes = (await readFile(entry.file)).subarray(entry.offsetBytes, entry.offsetBytes + entry.lengthBytes);
    expect([...(await readTensor(entry))]).toEqual(
      Array.from({ length: 64 }, (_, index) => bytes.readFloatLE(4 * index)),
    );
  });
});
