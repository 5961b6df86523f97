import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { peft } from '../../native-models/engine/export/peft.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { readSafetensorsHeader, streamTensor } from '../../native-models/formats/safetensors/read.ts';
import { writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { goldenPath } from '../golden/fixture.ts';
import { workFolder } from './cli-harness.ts';

/** A golden text model wrapped as a multimodal one, with its layers named as each transformers version names them. */

const work = workFolder();
afterAll(() => work.remove());
const golden = goldenPath('models', 'gemma3-two-rotations');

async function wholeModel(version: number): Promise<string> {
  const folder = join(work.path, `transformers-${version}`);
  await mkdir(folder);
  const { architectures: _, ...text } = JSON.parse(await readFile(join(golden, 'config.json'), 'utf8'));
  const config = {
    architectures: ['Gemma3ForConditionalGeneration'],
    model_type: 'gemma3',
    text_config: text,
    vision_config: { model_type: 'siglip_vision_model', hidden_size: 8 },
    eos_token_id: [2, 3],
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const named = (name: string): string =>
    version === 4 ? `language_model.${name}` : name.replace('model.', 'model.language_model.');
  const { tensors } = await readSafetensorsHeader(join(golden, 'model.safetensors'));
  const seen = [
    'vision_tower.vision_model.embeddings.patch_embedding.weight',
    'multi_modal_projector.mm_input_projection_weight',
  ];
  await writeSafetensors(join(folder, 'model.safetensors'), {}, [
    ...tensors.map((entry) => ({ ...entry, name: named(entry.name), data: () => streamTensor(entry) })),
    ...seen.map((name) => ({
      name: version === 4 ? name : `model.${name}`,
      dtype: 'float32' as const,
      shape: [2],
      data: () => [new Uint8Array(8)],
    })),
  ]);
  return folder;
}

describe.each([4, 5])('Gemma 3 with images, as transformers %i saves it', (version) => {
  it('is opened as its text part, under the names of a text model', async () => {
    const [whole, text] = [await openModelFolder(await wholeModel(version)), await openModelFolder(golden)];
    expect(whole.config).toEqual({
      ...text.config,
      partOf: 'Gemma3ForConditionalGeneration',
      eosIds: text.config.eosIds,
    });
    expect([...whole.tensors.keys()].sort()).toEqual([...text.tensors.keys()].sort());
    for (const [name, { shape }] of whole.tensors) expect(shape).toEqual(text.tensors.get(name)?.shape);
    expect(whole.rawConfig).toMatchObject({ model_type: 'gemma3_text', architectures: ['Gemma3ForCausalLM'] });
    expect(whole.notes.join()).toContain('Its text part is trained');
    expect(await peft.refuses({ ...whole, trainsAdapter: true })).toMatchObject({ code: 'peft-names-differ' });
  });
});

it('takes what text_config leaves out from the 4B model, and dtype and ends from the whole', () => {
  const config = parseDecoderConfig(
    {
      architectures: ['Gemma3ForConditionalGeneration'],
      model_type: 'gemma3',
      torch_dtype: 'bfloat16',
      eos_token_id: [1, 106],
      text_config: {
        hidden_size: 2560,
        intermediate_size: 10_240,
        model_type: 'gemma3_text',
        num_hidden_layers: 34,
        rope_scaling: { factor: 8, rope_type: 'linear' },
        sliding_window: 1024,
      },
    },
    'config.json',
  );
  expect(config).toMatchObject({
    heads: 8,
    keyValueHeads: 4,
    headDim: 256,
    vocabularySize: 262_208,
    torchDtype: 'bfloat16',
  });
  expect(config.eosIds).toEqual([1, 106]);
  expect(config.layers.map(({ window }) => window)).toEqual(
    Array.from({ length: 34 }, (_, layer) => ((layer + 1) % 6 === 0 ? null : 1024)),
  );
  expect(config.layers[4]?.rotary).toMatchObject({ theta: 10_000, scaling: null });
  expect(config.layers[5]?.rotary).toMatchObject({ theta: 1_000_000, scaling: { kind: 'linear', factor: 8 } });
});
