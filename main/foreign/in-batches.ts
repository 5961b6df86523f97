const batchRows = 500;
/** Rows can be long: a batch is sent as one message, which both sides hold. */
const batchCharacters = 4_000_000;

/** Gathers items into batches for sending. `sizeOf` tells an item's length in characters, where items can be long. */
export async function* inBatches<Item>(
  items: AsyncIterable<Item>,
  sizeOf: (item: Item) => number = roughSize,
): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  let characters = 0;
  for await (const item of items) {
    batch.push(item);
    characters += sizeOf(item);
    if (batch.length < batchRows && characters < batchCharacters) continue;
    yield batch;
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** The texts in a value; its other parts are short. */
function roughSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + roughSize(part), 0);
}
