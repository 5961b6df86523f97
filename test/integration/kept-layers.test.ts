import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatOutput, floats } from '../../native-models/engine/model/feeds.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { reach } from '../../native-models/graph/walk.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import { writeRandomModel } from '../bench/random-model.ts';
import { tinyBatch, tinyConfig, tinyParameters, tinySettings } from './tiny-training.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';

const layers = 5;
const folder = mkdtempSync(join(tmpdir(), 'safedpo-kept-'));
await writeRandomModel(folder, { ...tinyConfig, num_hidden_layers: layers });
const model = await openModelFolder(folder);
const parameters = await tinyParameters(model);
const graph = (keptLayers: KeptLayers) =>
  trainingStep({ ...tinySettings(model), keptLayers, accumulates: false, updates: false });

async function gradientOf(keptLayers: KeptLayers): Promise<Float32Array> {
  const session = await createSession(emit(graph(keptLayers), { target: 'cpu' }).bytes, {
    provider: 'cpu',
    threads: 1,
    externalDataFolder: storedModel(model).externalDataFolder,
  });
  const outputs = await session.run({ ...tinyBatch(1), parameters: floats([parameters.length], parameters) });
  await session.release();
  return floatOutput(outputs, 'gradient');
}

/** How many layers' attention is computed, forward and again. */
function attentionPasses(keptLayers: KeptLayers): number {
  return reach(Object.values(graph(keptLayers))).nodes.filter(({ op }) => op === 'Softmax').length;
}

describe('layers whose values are kept', () => {
  const kept = gradientOf('all');

  it.each([1, 2, 3, 4, layers, layers + 1])('the last %s: the very gradient of all kept', async (size) => {
    expect(await gradientOf(size)).toEqual(await kept);
  });

  it.each([
    ['all', 0],
    [1, 4],
    [2, 3],
    [3, 2],
    [4, 1],
    [layers, 0],
  ] as const)('%s of the last layers: %s layers are computed twice', (size, twice) => {
    expect(attentionPasses(size) - layers).toBe(twice);
  });
});
