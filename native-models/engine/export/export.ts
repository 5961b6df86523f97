import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../failure.ts';
import { writeFailure } from '../../files/atomic-file.ts';
import { requireOwnFiles } from '../../model-folder/model-files.ts';
import { publishedName } from '../../formats/published-name.ts';
import { promptFormat } from '../../text/prompt-format.ts';
import { openEngineModel } from '../model/model.ts';
import { readOverlay } from '../model/overlay.ts';
import type { ExportTask } from '../../protocol/tasks.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';
import { exportFormats } from '../../vocabulary/lists.ts';
import { exportFormatDefinitions } from './formats.ts';

/**
 * Writes the trained model into the folder `out` in a format. `write` gets `written` events on the way and a `file`
 * event for each file. Throws `export-dtype-fixed`, what the format refuses (`peft-needs-adapter`,
 * `gguf-model-not-supported`, `gguf-tokenizer-not-supported`), `dtype-overflow`, `disk-full`, `folder-not-writable`.
 */
export async function exportModel(task: ExportTask, write: (event: TaskEvents['export']) => void): Promise<void> {
  const format = exportFormatDefinitions[task.format];
  if (task.dtype !== null && !format.choosesDtype)
    throw badInput(
      'export-dtype-fixed',
      `${task.format} is always written in float32. Choose no element type, or export as ${dtypeChoosers}.`,
      { format: task.format, dtype: task.dtype },
    );
  const model = await openEngineModel(
    task.model.path,
    task.template,
    task.clock === null ? undefined : new Date(task.clock),
  );
  requireOwnFiles(model.folder);
  const overlay = await readOverlay(model, task.model.checkpoint);
  const refusal = await format.refuses({
    dir: model.folder.dir,
    config: model.folder.config,
    trainsAdapter: overlay !== null && overlay.trained.modules.length > 0,
  });
  if (refusal !== null) throw refusal;
  await makeFolder(task.out);
  const names = await format.write({
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

/** The formats whose element type can be chosen. */
const dtypeChoosers = exportFormats.filter((name) => exportFormatDefinitions[name].choosesDtype).join(' or ');

async function makeFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(out, error);
  });
}
