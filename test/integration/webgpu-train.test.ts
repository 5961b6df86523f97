import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { standInNvidiaSmi } from '../../native-models/runtime/testing/stand-in-nvidia-smi.ts';
import { readEvents, runEngine, stepEvents, writeRandomModel, writeRun } from './engine-run.ts';
import type { TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';
import { softwareGpu } from './software-gpu.ts';

/**
 * `npm run test:webgpu`, minutes: the whole engine run on a software GPU (reference, steps, samples, checkpoints,
 * held-out pairs). A stand-in nvidia-smi shows a card that is full.
 */
describe.runIf(process.env['WEBGPU_TRAIN'] !== undefined && 'VK_DRIVER_FILES' in softwareGpu)('a run on WebGPU', () => {
  let [onCpu, onGpu]: [readonly TrainEvent[], readonly TrainEvent[]] = [[], []];
  let code: number | null = null;
  beforeAll(async () => {
    const work = await mkdtemp(join(tmpdir(), 'safedpo-webgpu-'));
    const model = join(work, 'model');
    await writeRandomModel(model);
    const { environment, showCards } = standInNvidiaSmi(join(work, 'bin'));
    showCards({ cards: ['GPU-1, NVIDIA RTX 4060, 580.65, 8.9, 8188, 8150, 38'], processes: [] });
    const changes = { epochs: 1, keptLayers: 1, checkpointEverySteps: 100 };
    await writeRun(join(work, 'cpu'), model, changes, 12);
    await writeRun(join(work, 'gpu'), model, { ...changes, provider: 'webgpu' }, 12);
    await runEngine(join(work, 'cpu'));
    ({ code } = await runEngine(join(work, 'gpu'), { ...environment, ...softwareGpu }));
    [onCpu, onGpu] = await Promise.all([readEvents(join(work, 'cpu')), readEvents(join(work, 'gpu'))]);
    return () => rm(work, { recursive: true, force: true });
  }, 1_200_000);

  it('ends, with every step near that of the CPU', () => {
    expect(code).toBe(0);
    expect(stepEvents(onGpu)).toHaveLength(stepEvents(onCpu).length);
    for (const [index, step] of stepEvents(onGpu).entries()) {
      for (const name of ['loss', 'rewards/margins', 'logps/chosen', 'grad_norm'] as const)
        expect(Number(step[name]), `${name} of step ${step.step}`).toBeCloseTo(
          Number(stepEvents(onCpu)[index]?.[name]),
          3,
        );
    }
  });

  it('measures held-out pairs near those of the CPU', () => {
    const heldOut = (events: readonly TrainEvent[]) => events.find((event) => event.event === 'done')?.heldOut;
    expect(heldOut(onGpu)).toMatchObject({
      after: {
        'rewards/margins': expect.closeTo(heldOut(onCpu)?.after?.['rewards/margins'] ?? Number.NaN, 3),
      },
    });
  });

  it('records what is used of the card in its steps, and that it is full once', () => {
    expect(new Set(stepEvents(onGpu).map((step) => step.cardMemoryBytes))).toEqual(new Set([8150 * 2 ** 20]));
    expect(onGpu.filter(({ event }) => event === 'alarm')).toEqual([
      expect.objectContaining({
        step: 1,
        code: 'card-memory-full',
        message: expect.stringContaining('NVIDIA RTX 4060'),
      }),
    ]);
    expect(stepEvents(onCpu)[0]).not.toHaveProperty('cardMemoryBytes');
  });
});
