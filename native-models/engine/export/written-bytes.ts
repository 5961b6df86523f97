import { lengthBytes, type TensorToWrite } from '../../formats/safetensors/write.ts';
import type { WrittenEvent } from '../../protocol/task-events.ts';

const millisecondsBetween = 250;

/**
 * The same tensors, which say how far their writing is: a `written` event with `bytes` of `plannedBytes` of tensor
 * data, at most four a second, and one at the end. The tensors of one export are given together.
 */
export function tellWritten<Tensor extends TensorToWrite>(
  tensors: readonly Tensor[],
  write: (event: WrittenEvent) => void,
): readonly Tensor[] {
  const plannedBytes = tensors.reduce((sum, tensor) => sum + lengthBytes(tensor), 0);
  let bytes = 0;
  let toldAt = 0;
  const wrote = (piece: Uint8Array): void => {
    bytes += piece.length;
    const now = performance.now();
    if (bytes < plannedBytes && now - toldAt < millisecondsBetween) return;
    toldAt = now;
    write({ event: 'written', bytes, plannedBytes });
  };
  return tensors.map((tensor) => ({
    ...tensor,
    async *data() {
      for await (const piece of tensor.data()) {
        yield piece;
        // Asked for the next one: this one is in the file.
        wrote(piece);
      }
    },
  }));
}
