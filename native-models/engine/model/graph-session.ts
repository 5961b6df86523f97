import { emit } from '../../graph/lowering/emit.ts';
import type { Value } from '../../graph/value.ts';
import { requireKernels } from '../../runtime/kernel-table.ts';
import { type Session, type SessionSettings, createReloadingSession } from '../../runtime/session.ts';
import type { ModelWeights } from './model.ts';

/**
 * Loads a graph over a model's weights; released, it gives its memory back until it runs again. Throws `kernel-missing`
 * where CUDA lacks a kernel that it uses, and what `createSession` throws.
 */
export async function openGraph(
  outputs: { readonly [name: string]: Value },
  { externalDataFolder }: Pick<ModelWeights, 'externalDataFolder'>,
  device: Omit<SessionSettings, 'externalDataFolder'>,
): Promise<Session> {
  const { bytes, operators } = emit(outputs, { target: device.provider });
  if (device.provider === 'cuda') requireKernels(operators, device.provider);
  return createReloadingSession(bytes, { ...device, externalDataFolder });
}
