import { describe, expect, it } from 'vitest';
import { readTensor64 } from '../../native-models/formats/safetensors/read.ts';
import { evaluate } from '../../native-models/graph/evaluate/evaluate.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { goldenNames, readGolden } from '../golden/fixture.ts';
import { goldenFeeds, goldenGraph, goldenParameters, type Kind } from '../golden/golden-step.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';

const step = 1e-5;

/** The whole training graph in float64: its gradient along a random direction of each trained tensor. */
describe.each(goldenNames)('%s: the gradient of every trained tensor is the slope of the loss', (name) => {
  it.each<{ kind: Kind; keptLayers: KeptLayers }>([
    { kind: 'lora', keptLayers: 'all' },
    { kind: 'full', keptLayers: 1 },
  ])('$kind, layers kept: $keptLayers', async ({ kind, keptLayers }) => {
    const golden = readGolden(name);
    const { model, trained, start } = await goldenParameters(name, golden, kind);
    const { losses, gradient } = goldenGraph(model, trained, golden, kind, {
      compute: 'float64',
      updates: false,
      keptLayers,
    });
    if (losses === undefined || gradient === undefined) throw new Error('the graph gives losses and a gradient');
    const fixed = Object.fromEntries(
      Object.entries(goldenFeeds(golden)).map(([input, { shape, data }]) => [
        input,
        { shape, data: Float64Array.from(data) },
      ]),
    );
    const stored = new Map<string, Float64Array>();
    for (const [tensor, entry] of model.tensors) stored.set(tensor, await readTensor64(entry));
    const run = (outputs: Parameters<typeof evaluate>[0], parameters: Float64Array) =>
      evaluate(
        outputs,
        { ...fixed, parameters: { shape: [parameters.length], data: parameters } },
        { external: (tensor) => stored.get(tensor) ?? new Float64Array() },
      );
    const lossAt = (parameters: Float64Array): number =>
      (run({ losses }, parameters)['losses']?.data ?? new Float64Array()).reduce(
        (sum, loss) => sum + loss / golden.pairs.length,
        0,
      );

    const parameters = Float64Array.from(start);
    const made = run({ gradient }, parameters)['gradient']?.data ?? new Float64Array();
    const random = seededRandom(3, 1);
    for (const { name: tensor, offset, size } of trained.layout.tensors) {
      const direction = Float64Array.from({ length: size }, () => random.below(2001) / 1000 - 1);
      const moved = (sign: number): Float64Array =>
        parameters.map(
          (value, index) =>
            value + (index >= offset && index < offset + size ? sign * step * (direction[index - offset] ?? 0) : 0),
        );
      const slope = (lossAt(moved(1)) - lossAt(moved(-1))) / (2 * step);
      const expected = direction.reduce((sum, value, index) => sum + value * (made[offset + index] ?? Number.NaN), 0);
      expect(Math.abs(slope - expected) / Math.max(1e-3, Math.abs(expected)), tensor).toBeLessThan(1e-5);
    }
  });
});
