import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../native-models/engine/export/export.ts';
import type { CheckWeightsTask, ExportTask } from '../../native-models/protocol/tasks.ts';
import type { TaskDone, TaskEvents } from '../../native-models/protocol/task-events.ts';
import { checkWeights } from '../../native-models/engine/export/check-weights.ts';
import { readModelConfig } from '../../native-models/model-folder/model-folder.ts';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { rowBlocks } from '../../native-models/engine/export/weight-check/row-blocks.ts';
import { bytesPerElement } from '../../native-models/numbers/tensor-dtype.ts';
import { runEngine, writeRandomModel, writeRun } from './engine-run.ts';
import { ordinary } from './export-job.ts';
import { tinyTokenizer, writeJson } from './tiny-model.ts';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'export-weights-'));
  await writeRandomModel(join(work, 'model'), {}, 'bfloat16');
  // GGUF takes no tokenizer without a split that llama.cpp knows.
  await writeJson(join(work, 'model'), 'tokenizer.json', {
    ...tinyTokenizer,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  });
  await writeRun(join(work, 'lora'), join(work, 'model'), { epochs: 1 });
  await writeRun(join(work, 'full'), join(work, 'model'), { epochs: 1, lora: null });
  const ends = [await runEngine(join(work, 'lora')), await runEngine(join(work, 'full'))];
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
});
afterAll(() => rm(work, { recursive: true, force: true }));

type Kind = Pick<ExportTask, 'format' | 'dtype'>;
const merged: readonly Kind[] = [
  ...(['safetensors', 'gguf'] as const).flatMap((format) =>
    ([null, 'float32', 'float16'] as const).map((dtype) => ({ format, dtype })),
  ),
  { format: 'onnx', dtype: null },
];
const cases = (['lora', 'full'] as const).flatMap((run) => merged.map((kind) => ({ run, ...kind })));

let exported = 0;
/** Writes an export; without a checkpoint that of a writer that forgot what was trained. */
async function write(kind: Kind, checkpoint: string | null): Promise<string> {
  const out = join(work, `out-${exported++}`);
  await exportModel({ model: { path: join(work, 'model'), checkpoint }, ...kind, ...ordinary, out }, () => undefined);
  return out;
}

async function check(kind: Kind, run: string, folder: string): Promise<Partial<TaskDone<'check-weights'>>> {
  const task: CheckWeightsTask = {
    model: { path: join(work, 'model'), checkpoint: checkpointOf(run) },
    ...kind,
    folder,
  };
  const events: TaskEvents['check-weights'][] = [];
  await checkWeights(task, (event) => events.push(event));
  return events.find((event) => event.event === 'done') ?? {};
}

const checkpointOf = (run: string): string => join(work, run, 'checkpoints', 'step-8');

const configOf = async (model: string) => (await readModelConfig(join(work, model))).config;

/** Moves one number of an exported tensor by one unit in its last place. */
async function shift(format: Kind['format'], folder: string, tensor: string): Promise<void> {
  const entry = (await exportFormatDefinitions[format].read(folder, await configOf('model'))).get(tensor)?.entry;
  if (entry === undefined) throw new Error(`${tensor} was not exported`);
  const handle = await open(entry.file, 'r+');
  const place = entry.offsetBytes + 3 * bytesPerElement[entry.dtype];
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, place);
  await handle.close();
}

describe.each(cases)('$format of a $run run, dtype $dtype', ({ run, ...kind }) => {
  it('holds every trained number, rounded', async () => {
    const { values, ofValues } = await check(kind, run, await write(kind, checkpointOf(run)));
    expect(values).toBe(1256);
    expect(ofValues).toBe(1256);
  });

  it('is refused where nothing that was trained went into it', async () => {
    await expect(check(kind, run, await write(kind, null))).rejects.toMatchObject({
      code: 'export-untrained',
      details: { tensor: expect.any(String) },
    });
  });

  it.each(['model.layers.1.self_attn.k_proj.weight', 'model.layers.0.mlp.down_proj.weight', 'model.norm.weight'])(
    'is refused where one number of %s is a unit in the last place off',
    async (tensor) => {
      const folder = await write(kind, checkpointOf(run));
      await shift(kind.format, folder, tensor);
      await expect(check(kind, run, folder)).rejects.toMatchObject({
        code: 'export-weights-wrong',
        details: { tensor },
      });
    },
  );
});

it('an adapter holds the trained numbers to the last bit', async () => {
  const kind: Kind = { format: 'peft', dtype: null };
  const folder = await write(kind, checkpointOf('lora'));
  expect(await check(kind, 'lora', folder)).toMatchObject({ event: 'done', tensors: 28, values: 464, ofValues: 464 });
  const tensor = 'base_model.model.model.layers.1.mlp.up_proj.lora_B.weight';
  await shift('peft', folder, tensor);
  await expect(check(kind, 'lora', folder)).rejects.toMatchObject({
    code: 'export-weights-wrong',
    details: { tensor, row: 1, column: 1 },
  });
});

it('a number too large for float16 is refused by its tensor, and float32 is offered', async () => {
  const large = join(work, 'large');
  await writeRandomModel(large, { rms_norm_eps: 1e-5 }, 'bfloat16');
  const { entry } =
    (await exportFormatDefinitions.safetensors.read(large, await configOf('large'))).get(
      'model.layers.0.input_layernorm.weight',
    ) ?? {};
  if (entry === undefined) throw new Error('no norm');
  const handle = await open(entry.file, 'r+');
  // 2^17 in bfloat16.
  await handle.write(Buffer.from([0x00, 0x48]), 0, 2, entry.offsetBytes);
  await handle.close();
  const float16 = exportModel(
    {
      model: { path: large, checkpoint: null },
      format: 'safetensors',
      dtype: 'float16',
      ...ordinary,
      out: join(work, 'large-16'),
    },
    () => undefined,
  );
  await expect(float16).rejects.toMatchObject({
    code: 'dtype-overflow',
    details: { tensor: 'model.layers.0.input_layernorm.weight', value: 131_072 },
  });
  await expect(
    exportModel(
      {
        model: { path: large, checkpoint: null },
        format: 'safetensors',
        dtype: 'float32',
        ...ordinary,
        out: join(work, 'large-32'),
      },
      () => undefined,
    ),
  ).resolves.toBeUndefined();
});

it('an adapter is refused where all weights were trained, for the reason that the page gives', async () => {
  const out = write({ format: 'peft', dtype: null }, checkpointOf('full'));
  await expect(out).rejects.toMatchObject({ code: 'peft-needs-adapter' });
  const { refuses } = exportFormatDefinitions.peft;
  const model = { dir: join(work, 'model'), config: await configOf('model') };
  expect(await refuses({ ...model, trainsAdapter: false })).toMatchObject({ code: 'peft-needs-adapter' });
  expect(await refuses({ ...model, trainsAdapter: true })).toBeNull();
});

it('the element type of a format that has but one is not for choosing', async () => {
  await expect(write({ format: 'onnx', dtype: 'float16' }, null)).rejects.toMatchObject({
    code: 'export-dtype-fixed',
    details: { format: 'onnx' },
  });
});

it('of a very large model rows of each tensor are compared, from its first to its last', () => {
  const blocks = rowBlocks(4096, 4096, 2 ** 33);
  const rows = blocks.reduce((sum, { count }) => sum + count, 0);
  expect(rows * 4096).toBeLessThanOrEqual((4096 * 4096) / 2 ** 5);
  expect([blocks[0], blocks.at(-1)]).toEqual([
    { first: 0, count: 16 },
    { first: 4080, count: 16 },
  ]);
  const whole = rowBlocks(1000, 4096, 2 ** 20);
  expect(whole.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
});
