import { beforeAll, describe, expect, it } from 'vitest';
import { layoutFeeds, floats, floatOutput } from '../../native-models/engine/model/feeds.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import type { SessionTensors } from '../../native-models/runtime/tensor.ts';
import type { LayoutOptions } from '../../native-models/text/batch-layout.ts';
import { collatePairs } from '../../native-models/text/batch.ts';
import { goldenNames, readGolden, type Golden } from '../golden/fixture.ts';
import { asSessionTensors, goldenFeeds, goldenGraph, goldenParameters, type Kind } from '../golden/golden-step.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';

interface Form extends LayoutOptions {
  readonly name: string;
  readonly sharedPrefix: boolean;
  readonly keptLayers?: KeptLayers;
  readonly attentionBlocks?: number;
}

const forms: readonly Form[] = [
  { name: 'a row a response', sharedPrefix: false },
  { name: 'shared prefix', sharedPrefix: true },
  { name: 'padding on the left', sharedPrefix: false, paddingSide: 'left' },
  { name: 'shared prefix, padding on the left, to a multiple of 8', sharedPrefix: true, paddingSide: 'left', padTo: 8 },
  { name: 'packed rows', sharedPrefix: false, rowTokens: 60 },
  { name: 'packed rows with shared prefixes', sharedPrefix: true, rowTokens: 60 },
  { name: 'head in three chunks', sharedPrefix: false, headChunks: 3 },
  { name: 'recomputed layers', sharedPrefix: false, keptLayers: 1 },
  { name: 'attention in four blocks', sharedPrefix: false, padTo: 4, attentionBlocks: 4 },
  {
    name: 'all of it',
    sharedPrefix: true,
    rowTokens: 60,
    padTo: 6,
    paddingSide: 'left',
    headChunks: 4,
    keptLayers: 1,
    attentionBlocks: 3,
  },
];

function formFeeds({ pairs }: Golden, form: Form, fixed: SessionTensors): SessionTensors {
  const batch = collatePairs(
    pairs.map(({ prompt, chosen, rejected }) => ({ promptIds: prompt, chosenIds: chosen, rejectedIds: rejected })),
    form,
  );
  return {
    ...fixed,
    ...layoutFeeds(batch),
    chosen_sum: floats([batch.pairs, batch.responseCount], batch.chosenSum),
    rejected_sum: floats([batch.pairs, batch.responseCount], batch.rejectedSum),
  };
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** max |a − b| / max |b| */
function distance(actual: Float32Array, expected: Float32Array): number {
  return largest(expected.map((value, index) => value - (actual[index] ?? Number.NaN))) / largest(expected);
}

describe.each(goldenNames)('%s: every form of a batch and of the graph gives the plain one’s numbers', (name) => {
  const golden = readGolden(name);

  describe.each<Kind>(['lora', 'full'])('%s', (kind) => {
    let run: (form: Form | null) => Promise<SessionTensors>;
    let plain: SessionTensors;
    beforeAll(async () => {
      const { model, trained, start } = await goldenParameters(name, golden, kind);
      const fixed = { ...asSessionTensors(goldenFeeds(golden)), parameters: floats([start.length], start) };
      run = async (form) => {
        const graph = goldenGraph(model, trained, golden, kind, {
          compute: 'float32',
          updates: false,
          keptLayers: form?.keptLayers ?? 'all',
          headChunks: form?.headChunks ?? 1,
          attentionBlocks: form?.attentionBlocks ?? 1,
        });
        const session = await createSession(emit(graph, { target: 'cpu' }).bytes, {
          provider: 'cpu',
          threads: 1,
          externalDataFolder: storedModel(model).externalDataFolder,
        });
        const outputs = await session.run(form === null ? fixed : formFeeds(golden, form, fixed));
        await session.release();
        return outputs;
      };
      plain = await run(null);
    });

    it.each(forms)('$name', async (form) => {
      const outputs = await run(form);
      for (const output of ['gradient', 'losses', 'chosen_logps', 'rejected_logps'])
        expect(distance(floatOutput(outputs, output), floatOutput(plain, output)), output).toBeLessThan(1e-5);
    });
  });
});

describe('what a batch of the golden pairs looks like', () => {
  const { pairs } = readGolden('llama-gqa');
  const batch = (form: Omit<Form, 'name'>) =>
    collatePairs(
      pairs.map(({ prompt, chosen, rejected }) => ({ promptIds: prompt, chosenIds: chosen, rejectedIds: rejected })),
      form,
    );

  it('the forms differ: fewer tokens with a shared prefix, fewer rows when packed', () => {
    const [own, shared, packed] = [
      batch({ sharedPrefix: false }),
      batch({ sharedPrefix: true }),
      batch({ sharedPrefix: true, rowTokens: 60 }),
    ];
    const promptTokens = pairs.reduce((sum, { prompt }) => sum + prompt.length, 0);
    expect(own.tokenCount - shared.tokenCount).toBe(promptTokens);
    expect(own.rows).toBe(2 * shared.rows);
    expect(packed.rows).toBeLessThan(shared.rows);
    expect(packed.tokenCount).toBe(shared.tokenCount);
  });
});
