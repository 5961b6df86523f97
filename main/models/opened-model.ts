import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openEngineModel, type EngineModel } from '../../native-models/engine/model/model.ts';
import type { TemplateName } from '../../native-models/vocabulary/lists.ts';

interface Opened {
  readonly stamp: string;
  readonly model: Promise<EngineModel>;
}

/** A tokenizer of a large vocabulary takes tens of megabytes. */
const keptOpen = 2;
const opened = new Map<string, Opened>();

/** The files that decide how text becomes tokens. */
const textFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
];

/**
 * A model with its tokenizer and template, kept open between the questions that a page asks one after the other; opened
 * again when one of its files has changed. Throws what `openEngineModel` throws.
 */
export async function openedModel(path: string, template: TemplateName): Promise<EngineModel> {
  const key = `${template} ${path}`;
  const stamp = await textStamp(path);
  const known = opened.get(key);
  if (known?.stamp === stamp) return known.model;
  const model = openEngineModel(path, template);
  opened.delete(key);
  opened.set(key, { stamp, model });
  for (const [oldest] of [...opened].slice(0, -keptOpen)) opened.delete(oldest);
  // A folder that could not be opened is tried anew the next time.
  model.catch(() => opened.delete(key));
  return model;
}

/** Says whether the files that decide how text becomes tokens are still the same. */
export async function textStamp(path: string): Promise<string> {
  return (await Promise.all(textFiles.map((name) => changedAt(join(path, name))))).join();
}

/** Milliseconds since 1970; 0 where there is no such file. */
async function changedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
