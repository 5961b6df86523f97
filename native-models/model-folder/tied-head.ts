import type { TensorEntry } from '../formats/safetensors/header.ts';
import { streamTensorAs } from '../formats/safetensors/read.ts';

const embeddingName = 'model.embed_tokens.weight';
const headName = 'lm_head.weight';

/**
 * Whether a model whose config.json ties the head to the embedding has another head in its file all the same: merges of
 * adapters leave such folders. An equal copy changes nothing; a different one is used as the head, as transformers 5
 * does.
 */
export async function hasOwnHead(tensors: ReadonlyMap<string, TensorEntry>): Promise<boolean> {
  const [embedding, head] = [tensors.get(embeddingName), tensors.get(headName)];
  if (embedding === undefined || head === undefined) return false;
  return embedding.shape.join() !== head.shape.join() || !(await equalNumbers(embedding, head));
}

async function equalNumbers(left: TensorEntry, right: TensorEntry): Promise<boolean> {
  const [ours, theirs] = [bytesOf(left), bytesOf(right)];
  try {
    let a: Uint8Array = new Uint8Array(0);
    let b: Uint8Array = new Uint8Array(0);
    for (;;) {
      if (a.length === 0) a = await nextPiece(ours);
      if (b.length === 0) b = await nextPiece(theirs);
      const length = Math.min(a.length, b.length);
      if (length === 0) return a.length === b.length;
      if (Buffer.compare(a.subarray(0, length), b.subarray(0, length)) !== 0) return false;
      a = a.subarray(length);
      b = b.subarray(length);
    }
  } finally {
    await ours.return(undefined);
    await theirs.return(undefined);
  }
}

/** As float32, so that a copy in another element type compares by its numbers. */
function bytesOf(entry: TensorEntry): AsyncGenerator<Uint8Array> {
  return streamTensorAs(entry, 'float32');
}

/** Empty at the end. */
async function nextPiece(pieces: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const { value, done } = await pieces.next();
  // A piece is valid until the next is asked for, which happens once it is used up.
  return done === true ? new Uint8Array(0) : value;
}
