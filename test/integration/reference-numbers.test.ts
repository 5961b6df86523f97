import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Generator } from '../../native-models/engine/infer/generator.ts';
import { type EngineModel, openEngineModel } from '../../native-models/engine/model/model.ts';
import { Scorer } from '../../native-models/engine/infer/scorer.ts';
import { logitsOf } from '../golden/our-logits.ts';
import { dataFolder, hasData, readData } from './real-data.ts';
import { largestOf } from '../../native-models/extremes.ts';

const ids = z.array(z.number());
const expectedFile = z.object({
  greedy: z.object({ prompt_ids: ids, output_ids: ids, text: z.string() }),
  logits: z.object({ input_ids: ids, positions: ids, values: z.array(z.array(z.number())) }),
  token_logprobs: z.array(z.number()),
});
const pkuFile = z.object({
  rows: z.array(
    z.object({
      prompt: z.string(),
      prompt_ids: ids,
      chosen_ids: ids,
      chosen_logp_sum: z.number(),
      chosen_logp_first3: ids,
      rejected_ids: ids,
      rejected_logp_sum: z.number(),
      rejected_logp_first3: ids,
    }),
  ),
});

const device = { provider: 'cpu', threads: 1 } as const;
const stories = (): Promise<EngineModel> => openEngineModel(join(dataFolder, 'models/stories260K-hf'), 'plain');
const read = <Schema extends z.ZodType>(schema: Schema, path: string): z.infer<Schema> =>
  schema.parse(JSON.parse(readData(path).toString()));

describe.skipIf(!hasData)('stories260K against numbers computed elsewhere in float64', () => {
  it('logits to 1e-4', async () => {
    const { logits } = read(expectedFile, 'models/stories260K-hf/expected.json');
    const actual = await logitsOf(await stories(), logits.input_ids);
    const vocabulary = actual.length / logits.input_ids.length;
    expect(logits.positions.length).toBeGreaterThan(0);
    for (const [index, position] of logits.positions.entries()) {
      const wanted = logits.values[index] ?? [];
      expect(wanted.length).toBe(vocabulary);
      const worst = largestOf(
        wanted.map((value, token) => Math.abs(value - (actual[position * vocabulary + token] ?? Number.NaN))),
      );
      expect(worst, `position ${position}`).toBeLessThan(1e-4);
    }
  });

  it('log-probabilities of every token to 1e-4, each asked for by itself', async () => {
    const { logits, token_logprobs: wanted } = read(expectedFile, 'models/stories260K-hf/expected.json');
    const scorer = await Scorer.open(await stories(), { device, maxLength: 64, batchTokens: 128, overlay: null });
    const sequences = wanted.map((_, index) => ({
      promptIds: logits.input_ids.slice(0, index + 1),
      completionIds: logits.input_ids.slice(index + 1, index + 2),
    }));
    const actual = await scorer.sequences(sequences);
    await scorer.close();
    for (const [index, logp] of actual.entries())
      expect(Math.abs(logp - (wanted[index] ?? Number.NaN)), `token ${index}`).toBeLessThan(1e-4);
    expect(actual.length).toBe(wanted.length);
  });

  it('the greedy text, token by token, of the model’s own documentation', async () => {
    const { greedy } = read(expectedFile, 'models/stories260K-hf/expected.json');
    const model = await stories();
    const sampling = { maxNewTokens: greedy.output_ids.length, temperature: 0, topP: 1, seed: 0 };
    const generator = await Generator.open(model, {
      device,
      sampling,
      maxPositions: greedy.prompt_ids.length + sampling.maxNewTokens,
      overlay: null,
    });
    const [answer] = await generator.generate([greedy.prompt_ids], 0);
    await generator.close();
    expect(answer?.ids).toEqual(greedy.output_ids);
    expect(model.tokenizer.decode(answer?.ids ?? [], { skipSpecialTokens: true }).trim()).toBe(greedy.text.trim());
  });

  it('tokens and summed log-probabilities of PKU-SafeRLHF pairs to 1e-3', async () => {
    const { rows } = read(pkuFile, 'models/stories260K-hf/pku_logps.json');
    const model = await stories();
    const scorer = await Scorer.open(model, { device, maxLength: 512, batchTokens: 2048, overlay: null });
    const pairs = rows.map((row) => ({
      promptIds: row.prompt_ids,
      chosenIds: row.chosen_ids,
      rejectedIds: row.rejected_ids,
    }));
    const sums = await scorer.pairs(pairs);
    const first3 = await scorer.sequences(
      rows.flatMap((row) =>
        [row.chosen_ids, row.rejected_ids].flatMap((response) =>
          [0, 1, 2].map((at) => ({
            promptIds: [...row.prompt_ids, ...response.slice(0, at)],
            completionIds: response.slice(at, at + 1),
          })),
        ),
      ),
    );
    await scorer.close();
    expect(rows.length).toBe(6);
    for (const [index, row] of rows.entries()) {
      expect(model.encoder.encodePrompt([{ role: 'user', content: row.prompt }])).toEqual(row.prompt_ids);
      expect(Math.abs((sums[index]?.chosen ?? Number.NaN) - row.chosen_logp_sum), `row ${index}`).toBeLessThan(1e-3);
      expect(Math.abs((sums[index]?.rejected ?? Number.NaN) - row.rejected_logp_sum), `row ${index}`).toBeLessThan(
        1e-3,
      );
      for (const [place, wanted] of [...row.chosen_logp_first3, ...row.rejected_logp_first3].entries())
        expect(Math.abs((first3[6 * index + place] ?? Number.NaN) - wanted)).toBeLessThan(1e-4);
    }
  });
});
