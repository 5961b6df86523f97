import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { exportModel } from '../../native-models/engine/export/export.ts';
import type { TaskEvents } from '../../native-models/protocol/task-events.ts';
import type { ExportTask } from '../../native-models/protocol/tasks.ts';
import { readModelConfig } from '../../native-models/model-folder/model-folder.ts';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';

/**
 * The engine, but its exports are wrong as `SAFEDPO_SABOTAGE` says: `no-adapter`, or `one-unit` in the last place of
 * one number.
 */
if (process.argv[2] === 'export') {
  const task: ExportTask = JSON.parse(await text(process.stdin));
  const write = (event: TaskEvents['export']): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
  const forgets = process.env['SAFEDPO_SABOTAGE'] === 'no-adapter';
  await exportModel(forgets ? { ...task, model: { ...task.model, checkpoint: null } } : task, write);
  if (!forgets) await shiftOne(task);
} else {
  await import('../../native-models/engine/main.ts');
}

async function shiftOne({ format, out, model }: ExportTask): Promise<void> {
  const [first] = (
    await exportFormatDefinitions[format].read(out, (await readModelConfig(model.path)).config)
  ).values();
  if (first === undefined) throw new Error('nothing was exported');
  const handle = await open(first.entry.file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, first.entry.offsetBytes);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, first.entry.offsetBytes);
  await handle.close();
}
