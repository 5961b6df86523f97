import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { standInNvidiaSmi } from '../../runtime/testing/stand-in-nvidia-smi.ts';
import { CardWatch, cardAlarm } from './card-watch.ts';

const card = {
  name: 'NVIDIA RTX 4060',
  driver: '580.65',
  computeCapability: 8.9,
  totalBytes: 8e9,
  usedBytes: 5e9,
  freeBytes: 3e9,
  processes: [
    { pid: 1, name: 'node', usedBytes: 4e9 },
    { pid: 2, name: 'game', usedBytes: 1e9 },
  ],
};
const grown = {
  ...card,
  usedBytes: 7e9,
  processes: [
    { pid: 1, name: 'node', usedBytes: 4e9 },
    { pid: 2, name: 'game', usedBytes: 3e9 },
  ],
};

describe('the alarm of a card', () => {
  it('is silent while the run itself grows', () => {
    expect(
      cardAlarm(
        card,
        {
          ...card,
          usedBytes: 7e9,
          processes: [
            { pid: 1, name: 'node', usedBytes: 6e9 },
            { pid: 2, name: 'game', usedBytes: 1e9 },
          ],
        },
        1,
      ),
    ).toBeNull();
  });

  it('names another process that takes memory meanwhile', () => {
    expect(cardAlarm(card, grown, 1)).toEqual({
      code: 'card-shared',
      message: expect.stringContaining('game (process 2) took 2.0 GB of NVIDIA RTX 4060'),
    });
  });

  it('says that the card is full, and who did it', () => {
    expect(cardAlarm(card, { ...grown, usedBytes: 7.95e9 }, 1)).toEqual({
      code: 'card-memory-full',
      message: expect.stringMatching(/8\.0 GB of 8\.0 GB .* game \(process 2\) took 2\.0 GB .*Windows/),
    });
    expect(cardAlarm(card, { ...card, usedBytes: 7.95e9 }, 1)?.message).not.toContain('took');
  });

  it('is silent where the driver tells nothing', () => {
    expect(cardAlarm(card, { ...card, usedBytes: null, totalBytes: null, processes: [] }, 1)).toBeNull();
  });
});

it.runIf(process.platform !== 'win32')(
  'a watch reads the card through nvidia-smi, at most every five seconds',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'safedpo-watch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { environment, showCards } = standInNvidiaSmi(folder);
    const watch = new CardWatch(environment);
    expect(watch.usedBytes).toBeNull();
    showCards({ cards: ['GPU-1, NVIDIA RTX 4060, 580.65, 8.9, 8188, 8100, 88'], processes: [] });
    await watch.look();
    expect(watch.usedBytes).toBe(8100 * 2 ** 20);
    expect(watch.alarm?.code).toBe('card-memory-full');
    showCards({ cards: ['GPU-1, NVIDIA RTX 4060, 580.65, 8.9, 8188, 100, 8088'], processes: [] });
    await watch.look();
    expect(watch.usedBytes).toBe(8100 * 2 ** 20);
  },
);
