/**
 * How many of a model's layers keep their inner values for the backward pass. `checkpointing` is the number of last
 * layers that do, or 0 for all of them; every layer before those keeps its input alone and is computed again.
 */
export function keptLayerCount(layers: number, checkpointing: number): number {
  return checkpointing === 0 ? layers : Math.min(checkpointing, layers);
}
