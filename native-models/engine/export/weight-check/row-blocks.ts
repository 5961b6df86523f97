/** More numbers than this are not compared: about ten seconds' work. */
export const mostCompared = 2 ** 28;
/** Read at a time. */
const blockValues = 1 << 20;
/** Of a sampled tensor, so many rows at a place. */
const sampledRows = 16;

export interface RowBlock {
  readonly first: number;
  readonly count: number;
}

/**
 * The rows of a tensor that are compared: all in a model of up to {@link mostCompared} numbers, else evenly spread
 * ones, the first and last among them.
 */
export function rowBlocks(rows: number, columns: number, ofValues: number, most = mostCompared): readonly RowBlock[] {
  const share = most / ofValues;
  const rowsAtOnce = share >= 1 ? Math.max(1, Math.floor(blockValues / columns)) : Math.min(rows, sampledRows);
  const all = Math.ceil(rows / rowsAtOnce);
  const blocks = share >= 1 ? all : Math.max(Math.min(all, 2), Math.floor(all * share));
  return Array.from({ length: blocks }, (_, index) => {
    const place = blocks === all || blocks === 1 ? index : Math.round((index * (all - 1)) / (blocks - 1));
    const first = place * rowsAtOnce;
    return { first, count: Math.min(rowsAtOnce, rows - first) };
  });
}
