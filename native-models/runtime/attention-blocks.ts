import type { ProviderName } from './session.ts';

/**
 * What the attention scores of one block of queries may take, in one copy. A card has room, and time to lose with each
 * small kernel; a processor works fastest on what its caches hold.
 */
const blockBytes = { cpu: 32 * 2 ** 20, webgpu: 32 * 2 ** 20, dml: 32 * 2 ** 20, cuda: 256 * 2 ** 20 };
/** More blocks than this would cost more in small kernels, and in loading the graph, than their memory is worth. */
const mostBlocks = 32;

/**
 * In how many blocks attention takes the queries of `rows` rows of `rowTokens`, so that one block's float32 scores stay
 * small.
 */
export function attentionBlocksFor(provider: ProviderName, heads: number, rows: number, rowTokens: number): number {
  return Math.min(
    mostBlocks,
    Math.max(1, Math.ceil((rows * heads * rowTokens * rowTokens * 4) / blockBytes[provider])),
  );
}
