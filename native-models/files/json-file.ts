import type { z } from 'zod';
import { badInput } from '../failure.ts';
import { readPlainFile } from './plain-file.ts';

/** Beyond the largest tokenizer.json there is; a text of more cannot be held as one string. */
const mostJsonBytes = 256 * 1024 * 1024;

/**
 * The JSON value a file holds. Throws what `readPlainFile` throws, or `json-invalid` (not UTF-8, or not JSON),
 * each naming the file.
 */
export async function readJsonFile(file: string): Promise<unknown> {
  return parseJson(await readPlainFile(file, mostJsonBytes), file);
}

/** Like {@link readJsonFile}, but `null` for a file that does not exist. */
export async function readOptionalJsonFile(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Decodes UTF-8 and parses JSON; `where` names the source in the message. Throws `json-invalid`. */
export function parseJson(bytes: Uint8Array, where: string, code = 'json-invalid'): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badInput(
      code,
      `${where} is not valid UTF-8 JSON: ${reason}. Get the file again from where the model came from.`,
      { file: where, reason },
      { cause: error },
    );
  }
}

/** The value of a JSON text; `undefined` where it is none. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Checks a parsed value against a schema. Throws `code` naming file, field, value and what was expected. */
export function parseFields<Output>(schema: z.ZodType<Output>, json: unknown, file: string, code: string): Output {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const field = path.length === 0 ? 'the whole value' : path.join('.');
  const value = describe(valueAt(json, path));
  const expected = issue?.message ?? 'something else';
  throw badInput(
    code,
    `${file}: ${field} is ${value}; ${expected}. Correct it, or get the file again from where the model came from.`,
    { file, field, value, expected },
  );
}

/** Whether an error says that a file does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'file-not-found');
}

function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

/** A value nested some thousand levels deep cannot be written by recursion, as JSON.stringify does. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'nested too deep to show';
    throw error;
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : written(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
