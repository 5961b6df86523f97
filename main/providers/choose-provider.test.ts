import { describe, expect, it } from 'vitest';
import { preferredProvider } from './choose-provider.ts';
import type { ProviderReport } from './providers.ts';

const usable = (name: ProviderReport['name'], flopsPerSecond: number): ProviderReport => ({
  name,
  usable: true,
  reason: null,
  fix: null,
  problems: [],
  flopsPerSecond,
});
const unusable = (name: ProviderReport['name'], reason: string): ProviderReport => ({
  name,
  usable: false,
  reason,
  fix: 'fix it',
  problems: [],
  flopsPerSecond: null,
});
const noCuda = unusable('cuda', 'no NVIDIA GPU or driver was found');

describe('the provider that auto stands for, and why', () => {
  it.each([
    {
      what: 'CUDA where it works',
      reports: [usable('cpu', 3e11), usable('cuda', 5e13), usable('webgpu', 9e13)],
      provider: 'cuda',
      says: 'agree with float64',
    },
    {
      what: 'WebGPU on a card without CUDA',
      reports: [usable('cpu', 3e11), noCuda, usable('webgpu', 6e12)],
      provider: 'webgpu',
      says: '20 times as fast',
    },
    {
      what: 'the CPU where WebGPU is a processor that plays the card',
      reports: [usable('cpu', 3e11), noCuda, usable('webgpu', 8e8)],
      provider: 'cpu',
      says: 'too little to gain',
    },
    {
      what: 'the CPU where nothing else works',
      reports: [usable('cpu', 3e11), noCuda, unusable('webgpu', 'no adapter')],
      provider: 'cpu',
      says: 'no NVIDIA GPU or driver was found; nor WebGPU: no adapter',
    },
    { what: 'the CPU where WebGPU was not worth a look', reports: [noCuda], provider: 'cpu', says: 'no NVIDIA GPU' },
  ])('$what', ({ reports, provider, says }) => {
    const choice = preferredProvider(reports);
    expect(choice.provider).toBe(provider);
    expect(choice.reason).toContain(says);
  });
});
