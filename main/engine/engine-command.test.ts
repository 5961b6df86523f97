import { describe, expect, it } from 'vitest';
import { engineCommand } from './engine-command.ts';

describe('the engine process', () => {
  it('computes float32 products on CUDA in float32', () => {
    expect(engineCommand('cuda', 'train').environment['NVIDIA_TF32_OVERRIDE']).toBe('0');
  });

  it('gets the environment as it is for other providers', () => {
    expect(engineCommand('cpu', 'train').environment).toEqual(process.env);
  });
});
