import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../files/atomic-file.ts';
import { isNotFound, parseFields, readOptionalJsonFile } from '../../files/json-file.ts';
import { spelledAs } from '../../files/number-spelling.ts';
import type { ModelFolder } from '../../model-folder/model-folder.ts';
import type { PromptFormat } from '../../text/prompt-format.ts';

const [settingsFile, jinjaFile, templateFiles] = [
  'tokenizer_config.json',
  'chat_template.jinja',
  ['chat_template.jinja', 'chat_template.json'],
] as const;

/** Paths of the machine where a tokenizer was saved, which old versions of transformers leave behind. */
const localPaths: ReadonlySet<string> = new Set(['name_or_path', 'tokenizer_file', 'special_tokens_map_file']);

/**
 * Writes what makes tokens of a conversation: the tokenizer and licence as they are, and the run's template in both
 * places where programs look for it: chat_template.jinja (transformers) and tokenizer_config.json (transformers.js and
 * others). Gives the names of the files.
 */
export async function writeTextFiles(
  { dir, carriedFiles }: ModelFolder,
  { template }: PromptFormat,
  out: string,
): Promise<readonly string[]> {
  const copied = carriedFiles.filter((name) => name !== settingsFile && !templateFiles.some((other) => other === name));
  for (const name of copied) await copyFile(join(dir, name), join(out, name));
  const file = join(dir, settingsFile);
  const stated = parseFields(
    z.record(z.string(), z.unknown()),
    (await readOptionalJsonFile(file)) ?? {},
    file,
    'tokenizer-config-invalid',
  );
  const kept = Object.fromEntries(Object.entries(stated).filter(([field]) => !localPaths.has(field)));
  // Several named templates stay as they are where one of them is the run's; a single file would hide the others.
  const named = Array.isArray(stated['chat_template']) && template.origin === file;
  await writeJson(join(out, settingsFile), named ? kept : { ...kept, chat_template: template.source }, file);
  if (named) return [...copied, settingsFile];
  await writeAtomically(join(out, jinjaFile), [Buffer.from(template.source)]);
  return [...copied, settingsFile, jinjaFile];
}

function emptyIfMissing(error: unknown): string {
  if (isNotFound(error)) return '';
  throw error;
}

/**
 * Indented, with a newline at its end, as people read it; numbers that are those of the JSON file `like` are spelled as
 * they are there.
 */
export async function writeJson(file: string, value: object, like: string | null = null): Promise<void> {
  const source = like === null ? '' : await readFile(like, 'utf8').catch(emptyIfMissing);
  await writeAtomically(file, [Buffer.from(`${spelledAs(source, JSON.stringify(value, null, 2))}\n`)]);
}
