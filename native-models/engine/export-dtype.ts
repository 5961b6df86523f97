import type { ModelFolder } from '../formats/model-folder.ts';
import type { TensorEntry } from '../formats/safetensors/header.ts';
import type { ExportDtype } from './tasks.ts';

/** The type in which an export stores a tensor; numbers other than weights keep theirs. */
export function exportedDtype({ dtype }: Pick<TensorEntry, 'dtype'>, asked: ExportDtype | null): TensorEntry['dtype'] {
  return asked !== null && (dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16') ? asked : dtype;
}

/** `config.json` for weights in another type, under the name that the config has for it. */
export function configInDtype(rawConfig: ModelFolder['rawConfig'], dtype: ExportDtype): { readonly [key: string]: unknown } {
  return { ...rawConfig, ['dtype' in rawConfig ? 'dtype' : 'torch_dtype']: dtype };
}
