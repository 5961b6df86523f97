import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectModel } from '../../main/models/inspect.ts';
import { exportModel } from '../../native-models/engine/export/export.ts';
import { encodeFloats } from '../../native-models/numbers/float-encoding.ts';
import { readGguf } from '../../native-models/formats/gguf/read.ts';
import { hashModelFolder, openModelFolder, readModelConfig } from '../../native-models/model-folder/model-folder.ts';
import { parseSafetensorsHeader } from '../../native-models/formats/safetensors/header.ts';
import { readTensor } from '../../native-models/formats/safetensors/read.ts';
import { type TensorToWrite, writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { elementCount } from '../../native-models/numbers/tensor-dtype.ts';
import { tinyConfig, tinyTokenizer, writeJson, writeTinyModel, zeroTensors } from './tiny-model.ts';
import { ordinary } from './export-job.ts';
import type { ExportFormat } from '../../native-models/vocabulary/lists.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-traps-'));
});
afterEach(() => rm(folder, { recursive: true }));

const head = 'lm_head.weight';
const tied = { ...tinyConfig, tie_word_embeddings: true };
const filled = (tensors: readonly TensorToWrite[], value: number): TensorToWrite[] =>
  tensors.map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'float32',
    data: () => [encodeFloats(new Float32Array(elementCount(shape)).fill(value), 'float32')],
  }));

async function exportAs(format: ExportFormat): Promise<string> {
  const out = join(folder, `as-${format}`);
  await exportModel(
    { model: { path: folder, checkpoint: null }, format, out, dtype: null, ...ordinary },
    () => undefined,
  );
  return out;
}

async function readJson(...path: string[]): Promise<{ readonly [field: string]: unknown }> {
  const value: { readonly [field: string]: unknown } = JSON.parse(await readFile(join(...path), 'utf8'));
  return value;
}

describe('config.json says that the head is the embedding, and the file has a head', () => {
  async function writeHeads(headValue: number): Promise<void> {
    await writeTinyModel(folder);
    await writeJson(folder, 'config.json', tied);
    await writeJson(folder, 'tokenizer.json', {
      ...tinyTokenizer,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    });
    const tensors = zeroTensors({ ...tied, tie_word_embeddings: false });
    await writeSafetensors(join(folder, 'model.safetensors'), {}, [
      ...filled(
        tensors.filter(({ name }) => name !== head),
        1,
      ),
      ...filled(
        tensors.filter(({ name }) => name === head),
        headValue,
      ),
    ]);
  }

  it('of equal numbers: it is tied, and exports leave the copy out', async () => {
    await writeHeads(1);
    expect((await openModelFolder(folder)).config.tiedHead).toBe(true);
    expect((await openModelFolder(await exportAs('safetensors'))).tensors.has(head)).toBe(false);
  });

  it('of other numbers: it is the head, in every export too, and inspect says so', async () => {
    await writeHeads(2);
    expect([(await openModelFolder(folder)).config.tiedHead, (await readModelConfig(folder)).config.tiedHead]).toEqual([
      false,
      false,
    ]);
    expect((await inspectModel(folder, 16e9)).notes).toEqual([expect.stringContaining('lm_head.weight')]);
    const merged = await exportAs('safetensors');
    const written = (await openModelFolder(merged)).tensors.get(head);
    if (written === undefined) throw new Error('the head is missing');
    expect(new Set(await readTensor(written))).toEqual(new Set([2]));
    expect((await readJson(merged, 'config.json'))['tie_word_embeddings']).toBe(false);
    const { tensors } = await readGguf(join(await exportAs('gguf'), `${basename(folder)}-safedpo-F32.gguf`));
    expect(tensors.map(({ name }) => name)).toContain('output.weight');
    expect((await readJson(await exportAs('onnx'), 'config.json'))['tie_word_embeddings']).toBe(false);
  });
});

describe('several sets of weights', () => {
  it('the single file is read before the index, as transformers does, and inspect names both', async () => {
    await writeTinyModel(folder, true);
    await writeSafetensors(join(folder, 'model.safetensors'), {}, filled(zeroTensors(tinyConfig), 3));
    const { tensors, notes } = await openModelFolder(folder);
    const norm = tensors.get('model.norm.weight');
    expect(norm === undefined ? [] : [...(await readTensor(norm))]).toEqual(Array.from({ length: 8 }, () => 3));
    expect(notes).toEqual([expect.stringContaining('model.safetensors.index.json')]);
    expect(Object.keys(await hashModelFolder(folder))).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readdir(await exportAs('safetensors'))).not.toContain('model.safetensors.index.json');
  });

  it('the file that transformers_weights names is the one, and an export has the usual name', async () => {
    await writeTinyModel(folder);
    await writeSafetensors(join(folder, 'tuned.safetensors'), {}, filled(zeroTensors(tinyConfig), 4));
    await writeJson(folder, 'config.json', { ...tinyConfig, transformers_weights: 'tuned.safetensors' });
    expect(Object.keys(await hashModelFolder(folder))).toContain('tuned.safetensors');
    const out = await exportAs('safetensors');
    expect(await readdir(out)).toContain('model.safetensors');
    expect(await readJson(out, 'config.json')).not.toHaveProperty('transformers_weights');
    const norm = (await openModelFolder(out)).tensors.get('model.norm.weight');
    expect(norm === undefined ? [] : [...(await readTensor(norm))]).toEqual(Array.from({ length: 8 }, () => 4));
  });

  it('the index that transformers_weights names is read with its shards', async () => {
    await writeTinyModel(folder, true);
    await rename(join(folder, 'model.safetensors.index.json'), join(folder, 'other.safetensors.index.json'));
    await writeJson(folder, 'config.json', { ...tinyConfig, transformers_weights: 'other.safetensors.index.json' });
    expect((await openModelFolder(folder)).layout.sharded).toBe(true);
  });

  it.each(['../model.safetensors', 'weights.bin', 'sub/model.safetensors'])(
    'transformers_weights %s is refused',
    async (name) => {
      await writeTinyModel(folder);
      await writeJson(folder, 'config.json', { ...tinyConfig, transformers_weights: name });
      await expect(openModelFolder(folder)).rejects.toMatchObject({
        code: 'config-field-invalid',
        details: { field: 'transformers_weights' },
      });
    },
  );
});

describe('config.json of an export', () => {
  it.each([
    {
      what: 'older',
      fields: { rope_theta: 5000, rope_scaling: { type: 'linear', factor: 2 }, torch_dtype: 'float16' },
      dtype: 'float16',
    },
    {
      what: 'newer',
      fields: { rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 5000 }, dtype: 'torch.float16' },
      dtype: 'float16',
    },
  ])('of the $what spelling has both', async ({ fields, dtype }) => {
    await writeTinyModel(folder);
    await writeJson(folder, 'config.json', { ...tinyConfig, ...fields, _name_or_path: '/home/someone/private' });
    const config = await readJson(await exportAs('safetensors'), 'config.json');
    expect(config).toMatchObject({
      rope_theta: 5000,
      rope_scaling: { rope_type: 'linear', factor: 2 },
      rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 5000 },
      dtype,
      torch_dtype: dtype,
      tie_word_embeddings: false,
    });
    expect(config).not.toHaveProperty('_name_or_path');
  });

  it('a padding id of -1, as old conversions have it, is none', async () => {
    await writeTinyModel(folder);
    await writeJson(folder, 'generation_config.json', { pad_token_id: -1 });
    expect((await openModelFolder(folder)).generationConfig.padId).toBeNull();
  });
});

describe('files that an export takes along', () => {
  it.each(['LICENSES', 'LICENSE'])('a folder named %s is no licence file', async (name) => {
    await writeTinyModel(folder);
    await mkdir(join(folder, name));
    expect((await inspectModel(folder, 16e9)).licence).toBeNull();
    expect(existsSync(join(await exportAs('safetensors'), name))).toBe(false);
  });

  it('of a licence that is no text to be read whole, the first line is shown', async () => {
    await writeTinyModel(folder);
    await writeFile(join(folder, 'LICENSE'), `\n  Some terms \n${'x'.repeat(70_000)}`);
    expect((await inspectModel(folder, 16e9)).licence).toEqual({ file: 'LICENSE', firstLine: 'Some terms' });
  });

  it('files outside the fixed list are not copied, and a link that leads out is refused first', async () => {
    await writeTinyModel(folder);
    const secret = await mkdtemp(join(tmpdir(), 'secret-'));
    await writeFile(join(secret, 'key'), 'private');
    await symlink(join(secret, 'key'), join(folder, 'tokenizer_extra.json'));
    expect(await readdir(await exportAs('safetensors'))).not.toContain('tokenizer_extra.json');
    await symlink(join(secret, 'key'), join(folder, 'notice.txt'));
    await expect(exportAs('onnx')).rejects.toMatchObject({
      code: 'model-file-leads-out',
      details: { links: ['notice.txt'] },
    });
    expect(existsSync(join(folder, 'as-onnx'))).toBe(false);
    expect((await inspectModel(folder, 16e9)).notPossible['safetensors']).toContain('notice.txt');
    await rm(secret, { recursive: true });
  });

  it('links within the Hugging Face cache are followed', async () => {
    const entry = join(folder, 'models--org--name');
    const [blobs, snapshot] = [join(entry, 'blobs'), join(entry, 'snapshots', 'abc')];
    await mkdir(blobs, { recursive: true });
    await mkdir(snapshot, { recursive: true });
    await writeTinyModel(blobs);
    for (const name of await readdir(blobs)) await symlink(join('..', '..', 'blobs', name), join(snapshot, name));
    const { carriedFiles, outsideLinks } = await openModelFolder(snapshot);
    expect({ carriedFiles, outsideLinks }).toEqual({
      carriedFiles: ['tokenizer.json', 'tokenizer_config.json'],
      outsideLinks: [],
    });
  });
});

describe('what is no model folder is told by what it is', () => {
  const cases: readonly {
    readonly what: string;
    readonly code: string;
    readonly says: RegExp;
    readonly make: () => Promise<unknown>;
    readonly path?: () => string;
  }[] = [
    {
      what: 'a PEFT adapter',
      code: 'config-missing',
      says: /PEFT adapter.*base model/,
      make: () => writeJson(folder, 'adapter_config.json', {}),
    },
    {
      what: 'a folder with a GGUF file',
      code: 'config-missing',
      says: /model-Q4_K_M\.gguf.*cannot be trained.*safetensors/,
      make: () => writeFile(join(folder, 'model-Q4_K_M.gguf'), ''),
    },
    {
      what: 'a GGUF file',
      code: 'model-folder-not-found',
      says: /is a GGUF file/,
      make: () => writeFile(join(folder, 'a.gguf'), ''),
      path: () => join(folder, 'a.gguf'),
    },
    {
      what: 'a safetensors file',
      code: 'model-folder-not-found',
      says: /Give the folder it lies in/,
      make: () => writeFile(join(folder, 'model.safetensors'), ''),
      path: () => join(folder, 'model.safetensors'),
    },
    {
      what: 'the top of a cache entry',
      code: 'config-missing',
      says: /Hugging Face cache.*snapshots.abc/,
      make: () => mkdir(join(folder, 'snapshots', 'abc'), { recursive: true }),
    },
    {
      what: "the maker's own form",
      code: 'config-missing',
      says: /maker's own form/,
      make: () => writeFile(join(folder, 'params.json'), '{}'),
    },
    {
      what: 'a folder above the model',
      code: 'config-missing',
      says: /Choose .*inner/,
      make: () => mkdir(join(folder, 'inner')).then(() => writeTinyModel(join(folder, 'inner'))),
    },
    {
      what: 'an empty folder',
      code: 'config-missing',
      says: /Give the folder that holds config\.json/,
      make: () => Promise.resolve(),
    },
  ];
  it.each(cases)('$what', async ({ code, says, make, path }) => {
    await make();
    await expect(openModelFolder(path?.() ?? folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
  });

  it.each([
    {
      file: 'model-00001-of-00002.safetensors',
      says: /model\.safetensors\.index\.json, which says what is in which part/,
    },
    { file: 'pytorch_model-00001-of-00002.bin', says: /pytorch_model\.bin\.index\.json, which says/ },
    { file: 'consolidated.pth', says: /maker's own form/ },
    { file: 'weights.ckpt', says: /under another name than pytorch_model\.bin/ },
    { file: 'consolidated.00.pth', says: /maker's own form/ },
    { file: 'model.gguf', says: /cannot be trained/ },
  ])('weights that are only $file', async ({ file, says }) => {
    await writeTinyModel(folder);
    await unlink(join(folder, 'model.safetensors'));
    await writeFile(join(folder, file), '');
    await expect(openModelFolder(folder)).rejects.toMatchObject({
      code: 'weights-missing',
      message: expect.stringMatching(says),
    });
  });

  it('an architecture that is not supported is answered with models that are', async () => {
    await writeJson(folder, 'config.json', { ...tinyConfig, model_type: 'unheard-of' });
    await expect(openModelFolder(folder)).rejects.toMatchObject({
      code: 'architecture-not-supported',
      message: expect.stringMatching(/unheard-of.*Llama 1 to 3\.3.*Qwen 3/),
    });
  });
});

describe('headers of weights that only waste time', () => {
  const refused = (json: string): unknown => {
    try {
      return parseSafetensorsHeader(Buffer.from(json), 'x.safetensors', 8, 8);
    } catch (error) {
      return error;
    }
  };

  it('five million levels deep', () => {
    expect(refused(`{"a":${'['.repeat(5e6)}${']'.repeat(5e6)}}`)).toMatchObject({
      code: 'safetensors-header-invalid',
      details: { depth: 5_000_001 },
    });
  });

  it('of 800,000 tensors', () => {
    const tensors = Array.from(
      { length: 800_000 },
      (_, index) => `"t${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    expect(refused(`{${tensors.join()}}`)).toMatchObject({
      code: 'safetensors-header-invalid',
      details: { tensors: 800_000 },
    });
  });
});
