import { afterEach, describe, expect, it, vi } from 'vitest';
import { engineCommand } from './engine-command.ts';

afterEach(() => void vi.unstubAllEnvs());

describe('the engine process', () => {
  it('computes float32 products on CUDA in float32', () => {
    expect(engineCommand('cuda', 'train').environment['NVIDIA_TF32_OVERRIDE']).toBe('0');
  });

  it(
    "gets the environment as it is for other providers, without the runtime's telemetry even where that was " +
      'asked for',
    () => {
      vi.stubEnv('ORT_DISABLE_TELEMETRY', '0');
      expect(engineCommand('cpu', 'train').environment).toEqual({ ...process.env, ORT_DISABLE_TELEMETRY: '1' });
    },
  );
});
