import type { ProviderName } from '../../vocabulary/lists.ts';
import type { Precision } from '../../protocol/precision.ts';

/**
 * Whether a run keeps parameters and moments on the device over several steps. On CUDA everything crosses the bus in
 * each run of a graph, so it does. A scaled loss may ask for a step again with a smaller scale, which only the host
 * can.
 */
export function usesDeviceLoop(provider: ProviderName, { lossScaling }: Pick<Precision, 'lossScaling'>): boolean {
  return provider === 'cuda' && !lossScaling;
}
