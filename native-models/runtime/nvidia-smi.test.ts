import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readCards } from './nvidia-smi.ts';
import { standInNvidiaSmi } from './testing/stand-in-nvidia-smi.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-smi-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it.runIf(process.platform !== 'win32')(
  'reads cards and who uses them; what the driver does not tell is null',
  async () => {
    const { environment, showCards } = standInNvidiaSmi(folder());
    showCards({
      cards: [
        'GPU-1, NVIDIA GeForce RTX 4090, 580.65.06, 8.9, 24564, 2100, 22000',
        'GPU-2, NVIDIA T4, [N/A], [N/A], [Not Supported], [N/A], [N/A]',
      ],
      processes: ['GPU-1, 4120, 1900, /opt/a, b/blender', 'GPU-2, 77, [N/A], python3'],
    });
    expect(await readCards(environment)).toEqual([
      {
        name: 'NVIDIA GeForce RTX 4090',
        driver: '580.65.06',
        computeCapability: 8.9,
        totalBytes: 24564 * 2 ** 20,
        usedBytes: 2100 * 2 ** 20,
        freeBytes: 22000 * 2 ** 20,
        processes: [{ pid: 4120, name: '/opt/a, b/blender', usedBytes: 1900 * 2 ** 20 }],
      },
      {
        name: 'NVIDIA T4',
        driver: null,
        computeCapability: null,
        totalBytes: null,
        usedBytes: null,
        freeBytes: null,
        processes: [{ pid: 77, name: 'python3', usedBytes: null }],
      },
    ]);
  },
);

it('knows of no cards where there is no nvidia-smi', async () => {
  expect(await readCards({ PATH: folder() })).toBeNull();
});
