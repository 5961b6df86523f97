import { existsSync } from 'node:fs';
import { badInput } from '../../native-models/failure.ts';
import { checkProvider, type ProviderReport } from './providers.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/** A provider, and in one line why it is this one. */
export interface ProviderChoice {
  readonly provider: ProviderName;
  readonly reason: string;
}

/** WebGPU has to be so much faster than the CPU in plain products: parts of its step still run on the CPU. */
const worthwhile = 2;

/**
 * The provider for `choice`: itself when it was named; for `auto` what {@link preferredProvider} says of those that
 * could be it here. Throws `provider-unavailable` for a named one that cannot work here.
 */
export async function chooseProvider(choice: ProviderName | 'auto', signal?: AbortSignal): Promise<ProviderChoice> {
  if (choice === 'cpu') return { provider: 'cpu', reason: 'it was asked for' };
  if (choice === 'auto') return automatic(signal);
  const report = await checkProvider(choice, signal);
  if (report.usable) return { provider: choice, reason: 'it was asked for' };
  throw badInput(
    'provider-unavailable',
    `The provider ${choice} cannot be used here: ${report.reason ?? 'unknown reason'}. To fix it: ` +
      `${report.fix ?? 'choose another provider'}.`,
    { provider: choice, reason: report.reason, fix: report.fix },
  );
}

async function automatic(signal: AbortSignal | undefined): Promise<ProviderChoice> {
  const cuda = await checkProvider('cuda', signal);
  if (cuda.usable || !hasGraphicsDevice()) return preferredProvider([cuda]);
  return preferredProvider([cuda, await checkProvider('webgpu', signal), await checkProvider('cpu', signal)]);
}

/** Whether WebGPU could find more than a processor that plays the card. */
function hasGraphicsDevice(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/dri') || existsSync('/dev/nvidia0') || existsSync('/dev/dxg');
}

/** CUDA where it works, else WebGPU where it is clearly faster than the CPU, else the CPU. */
export function preferredProvider(reports: readonly ProviderReport[]): ProviderChoice {
  const report = (name: ProviderName): ProviderReport | undefined =>
    reports.find((candidate) => candidate.name === name);
  const [cuda, webgpu, cpu] = [report('cuda'), report('webgpu'), report('cpu')];
  if (cuda?.usable === true) return { provider: 'cuda', reason: 'its gradients agree with float64 here' };
  const withoutCuda = `CUDA cannot be used: ${cuda?.reason ?? 'it was not looked for'}`;
  if (webgpu?.usable !== true)
    return {
      provider: 'cpu',
      reason: webgpu === undefined ? withoutCuda : `${withoutCuda}; nor WebGPU: ${webgpu.reason ?? 'unknown reason'}`,
    };
  const factor = (webgpu.flopsPerSecond ?? 0) / (cpu?.flopsPerSecond ?? Number.POSITIVE_INFINITY);
  const measured = `WebGPU multiplies matrices ${factor.toPrecision(2)} times as fast as the CPU`;
  return factor >= worthwhile
    ? { provider: 'webgpu', reason: `${withoutCuda}; ${measured}` }
    : { provider: 'cpu', reason: `${withoutCuda}; ${measured}, too little to gain by it` };
}
