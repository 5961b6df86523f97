import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../failure.ts';
import { writeFailure } from '../../formats/atomic-file.ts';
import { encodeFloats } from '../../formats/float-encoding.ts';
import { exportedConfig } from '../../formats/exported-config.ts';
import { requireOwnFiles } from '../../formats/model-files.ts';
import { publishedName } from '../../formats/published-name.ts';
import { writeWeights } from '../../formats/safetensors/shards.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors/write.ts';
import { promptFormat } from '../../text/prompt-format.ts';
import { writeGgufExport } from './gguf.ts';
import { writeOnnxExport } from './onnx.ts';
import type { ExportJob } from './job.ts';
import { writeJson, writeTextFiles } from './text.ts';
import { exportedDtype } from './dtype.ts';
import { mergedTensor } from './merge.ts';
import { openEngineModel } from '../model/model.ts';
import { readOverlay } from '../model/overlay.ts';
import type { ExportTask } from '../../protocol/tasks.ts';
import { tellWritten } from './written-bytes.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';
import type { ExportFormat } from '../../vocabulary/lists.ts';

/**
 * Writes the trained model into the folder `out`: as a model folder of its own with shards and element types like the
 * source, or as a
 * PEFT adapter, or as one GGUF file, or as ONNX. `write` gets `written` events on the way and a `file` event for each
 * file. Throws `peft-needs-adapter`, `export-dtype-fixed`, `dtype-overflow`, `disk-full`, `folder-not-writable`,
 * `gguf-tokenizer-not-supported`.
 */
export async function exportModel(task: ExportTask, write: (event: TaskEvents['export']) => void): Promise<void> {
  if (task.dtype !== null && fixedDtype.has(task.format))
    throw badInput(
      'export-dtype-fixed',
      `${task.format} is always written in float32. Choose no element type, or export as safetensors or gguf.`,
      { format: task.format, dtype: task.dtype },
    );
  const model = await openEngineModel(
    task.model.path,
    task.template,
    task.clock === null ? undefined : new Date(task.clock),
  );
  requireOwnFiles(model.folder);
  const overlay = await readOverlay(model, task.model.checkpoint);
  await makeFolder(task.out);
  const names = await writers[task.format]({
    folder: model.folder,
    text: model,
    format: promptFormat(model.template, model.tokenizer),
    published: publishedName(model.folder.dir, model.folder.rawConfig, task.baseModel),
    overlay,
    out: task.out,
    dtype: task.dtype,
    write,
  });
  for (const name of names) write({ event: 'file', name, bytes: (await stat(join(task.out, name))).size });
  write({ event: 'done', format: task.format, out: task.out, files: names.length });
}

/** Formats whose element type is not for the person to choose. */
const fixedDtype: ReadonlySet<ExportFormat> = new Set(['peft', 'onnx']);

type Writer = (job: ExportJob) => Promise<readonly string[]>;

/** Each gives the names of the files it wrote. */
const writers: { readonly [format in ExportFormat]: Writer } = {
  safetensors: writeMerged,
  peft: writePeft,
  gguf: writeGgufExport,
  onnx: writeOnnxExport,
};

async function makeFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(out, error);
  });
}

async function writeMerged({ folder, format, overlay, out, dtype, write }: ExportJob): Promise<readonly string[]> {
  // A tied head is the embedding; a copy that some files carry would be out of date after training.
  const kept = [...folder.tensors.values()].filter(
    ({ name }) => !(folder.config.tiedHead && name === 'lm_head.weight'),
  );
  await writeWeights(
    out,
    folder.layout,
    {},
    tellWritten(
      kept.map((entry) => mergedTensor(entry, overlay, exportedDtype(entry, dtype))),
      write,
    ),
  );
  await writeJson(join(out, 'config.json'), exportedConfig(folder.rawConfig, folder.config, dtype));
  const textFiles = await writeTextFiles(folder, format, out);
  const shards = [...new Set(kept.map(({ name }) => folder.layout.fileOf.get(name) ?? 'model.safetensors'))].sort();
  return [...shards, ...(folder.layout.sharded ? ['model.safetensors.index.json'] : []), 'config.json', ...textFiles];
}

async function writePeft({ folder, format, published, overlay, out, write }: ExportJob): Promise<readonly string[]> {
  if (overlay === null || overlay.trained.modules.length === 0)
    throw badInput(
      'peft-needs-adapter',
      'Only a run that trained a LoRA adapter can be exported as PEFT. Export it as safetensors.',
      { format: 'peft' },
    );
  const { layout, modules, adapterScale } = overlay.trained;
  const tensors = layout.tensors.map(({ name, shape, offset, size }): TensorToWrite => ({
    name,
    shape,
    dtype: 'float32',
    data: () => [encodeFloats(overlay.parameters.subarray(offset, offset + size), 'float32')],
  }));
  await writeSafetensors(join(out, 'adapter_model.safetensors'), {}, tellWritten(tensors, write));
  const rank = layout.tensors[0]?.shape[0] ?? 0;
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: published.baseId ?? published.base,
    r: rank,
    lora_alpha: adapterScale * rank,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    target_modules: [...new Set(modules.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))].sort(),
  };
  await writeJson(join(out, 'adapter_config.json'), config);
  return ['adapter_model.safetensors', 'adapter_config.json', ...(await writeTextFiles(folder, format, out))];
}
