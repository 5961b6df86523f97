/** What the attention scores of one block of queries may take, in one copy. */
const blockBytes = 32 * 1024 * 1024;
/** More blocks than this would cost more in small kernels than their memory is worth. */
const mostBlocks = 32;

/** In how many blocks attention takes the queries of `rows` rows of `rowTokens`, so that one block's float32 scores stay small. */
export function attentionBlocksFor(heads: number, rows: number, rowTokens: number): number {
  return Math.min(mostBlocks, Math.max(1, Math.ceil((rows * heads * rowTokens * rowTokens * 4) / blockBytes)));
}
