import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Generator } from '../../native-models/engine/infer/generator.ts';
import { type EngineModel, openEngineModel } from '../../native-models/engine/model/model.ts';
import type { TrainedOverlay } from '../../native-models/engine/model/overlay.ts';
import { Scorer } from '../../native-models/engine/infer/scorer.ts';
import type { SamplingSettings } from '../../native-models/protocol/tasks.ts';
import { trainedParameters } from '../../native-models/engine/model/trained-state.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { writeRandomModel } from './engine-run.ts';
import { largestOf } from '../../native-models/extremes.ts';

const device = { provider: 'cpu', threads: 1 } as const;
const prompts = [
  [0, 5, 9],
  [0, 2],
  [0, 7, 3, 11, 4, 4, 8],
  [0, 13, 13],
];
const greedy: SamplingSettings = { maxNewTokens: 12, temperature: 0, topP: 1, seed: 1 };

let folder = '';
let model: EngineModel;
/** Adapters far from their start, as after training. */
let overlay: TrainedOverlay;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-'));
  await writeRandomModel(folder);
  model = await openEngineModel(folder, 'plain');
  const trained = trainedParameters(model.folder, { rank: 2, alpha: 4, targets: [] });
  const random = seededRandom(9, 9);
  overlay = {
    trained,
    parameters: Float32Array.from({ length: trained.layout.size }, () => random.below(2001) / 2000 - 0.5),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function answers(
  sampling: SamplingSettings,
  batches: readonly (readonly (readonly number[])[])[],
  on: TrainedOverlay | null = null,
): Promise<readonly (readonly number[])[]> {
  const generator = await Generator.open(model, { device, sampling, maxPositions: 32, overlay: on });
  const ids: (readonly number[])[] = [];
  for (const batch of batches) for (const answer of await generator.generate(batch, ids.length)) ids.push(answer.ids);
  await generator.close();
  return ids;
}

describe('generation', () => {
  it.each(['as stored', 'with adapters'])(
    'takes the token that scoring finds most likely, at every step: the model %s',
    async (which) => {
      const on = which === 'as stored' ? null : overlay;
      const made = await answers(greedy, [prompts], on);
      const scorer = await Scorer.open(model, { device, maxLength: 32, batchTokens: 512, overlay: on });
      const vocabulary = model.folder.config.vocabularySize;
      for (const [index, ids] of made.entries()) {
        const contexts = ids.map((_, step) => [...(prompts[index] ?? []), ...ids.slice(0, step)]);
        const logps = await scorer.sequences(
          contexts.flatMap((promptIds) =>
            Array.from({ length: vocabulary }, (_, token) => ({ promptIds, completionIds: [token] })),
          ),
        );
        for (const [step, id] of ids.entries()) {
          const row = logps.slice(step * vocabulary, (step + 1) * vocabulary);
          expect(largestOf(row) - (row[id] ?? Number.NaN), `prompt ${index}, step ${step}`).toBeLessThan(1e-5);
          expect(row.reduce((sum, logp) => sum + Math.exp(logp), 0)).toBeCloseTo(1, 5);
        }
      }
      await scorer.close();
    },
  );

  it('adapters change what is said', async () => {
    expect(await answers(greedy, [prompts], overlay)).not.toEqual(await answers(greedy, [prompts]));
  });

  it.each([
    { name: 'greedy', sampling: greedy },
    { name: 'drawn', sampling: { ...greedy, temperature: 1, topP: 0.9 } },
  ])('$name: an answer does not depend on its batch', async ({ sampling }) => {
    const together = await answers(sampling, [prompts]);
    expect(
      await answers(
        sampling,
        prompts.map((prompt) => [prompt]),
      ),
    ).toEqual(together);
    expect(await answers(sampling, [prompts.slice(0, 3), prompts.slice(3)])).toEqual(together);
  });

  it('draws by its seed, and almost nothing but the likeliest from a tiny nucleus', async () => {
    const drawn = { ...greedy, temperature: 1 };
    const first = await answers(drawn, [prompts]);
    expect(await answers(drawn, [prompts])).toEqual(first);
    expect(await answers({ ...drawn, seed: 2 }, [prompts])).not.toEqual(first);
    expect(await answers({ ...drawn, topP: 1e-6 }, [prompts])).toEqual(await answers(greedy, [prompts]));
  });
});
