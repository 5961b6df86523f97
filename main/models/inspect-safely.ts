import { askReader } from '../foreign/ask.ts';
import { inspectModelQuestion } from './questions.ts';
import { availableMemoryBytes } from '../hardware/memory.ts';
import type { ModelInspection } from './inspect.ts';

/**
 * {@link inspectModel} in the reading process, which no template and no tokenizer can keep. Throws also what
 * `askReader` throws.
 */
export async function inspectSafely(path: string, signal?: AbortSignal): Promise<ModelInspection> {
  return askReader(
    inspectModelQuestion,
    { path, availableBytes: availableMemoryBytes() },
    { subject: path, ...(signal === undefined ? {} : { signal }) },
  );
}
