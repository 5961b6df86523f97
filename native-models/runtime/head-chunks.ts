/** What one chunk of logits may take. */
const chunkBytes = 64 * 1024 * 1024;

/** In how many parts `rows` response rows pass the head, so that a chunk's float32 logits stay small. */
export function headChunksFor(rows: number, vocabularySize: number): number {
  return Math.max(1, Math.ceil((rows * vocabularySize * 4) / chunkBytes));
}
