import type { TensorEntry } from '../../formats/safetensors/header.ts';
import type { ExportDtype } from '../../vocabulary/lists.ts';

/** The type in which an export stores a tensor; numbers other than weights keep theirs. */
export function exportedDtype({ dtype }: Pick<TensorEntry, 'dtype'>, asked: ExportDtype | null): TensorEntry['dtype'] {
  return asked !== null && (dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16') ? asked : dtype;
}
