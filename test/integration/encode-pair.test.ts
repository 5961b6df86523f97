import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { collatePairs } from '../../native-models/text/batch.ts';
import { loadTemplate, type ChatMessage } from '../../native-models/text/chat-template.ts';
import { createPairEncoder, unlimitedLength } from '../../native-models/text/encode-pair.ts';
import { planSteps } from '../../native-models/text/plan-steps.ts';
import { tokenSpans } from '../../native-models/text/text-stream.ts';
import { loadTokenizer, requireFittingTokenizer } from '../../native-models/text/tokenizer.ts';
import { dataFolder, hasData, readData } from './real-data.ts';
import { largestOf } from '../../native-models/extremes.ts';

const stories = join(dataFolder, 'models/stories260K-hf');
const user = (content: string): ChatMessage[] => [{ role: 'user', content }];
const pku = z.array(z.object({ prompt: z.string(), response: z.tuple([z.string(), z.string()]) }));

async function storiesEncoder(choice: 'model' | 'plain' | 'pku') {
  const tokenizer = await loadTokenizer(stories);
  const { generationConfig, config, dir } = await openModelFolder(stories);
  requireFittingTokenizer(tokenizer, config, dir);
  const template = await loadTemplate(stories, choice);
  return { tokenizer, template, encoder: createPairEncoder(tokenizer, template, generationConfig.eosIds) };
}

describe.skipIf(!hasData)('pair encoding of a base model', () => {
  it('continues a plain prompt without a blank between, as TRL does with rows of text', async () => {
    const { encoder, template, tokenizer } = await storiesEncoder('model');
    expect(template.name).toBe('plain');
    const { rows } = z
      .object({
        rows: z.array(
          z.object({
            prompt: z.string(),
            prompt_ids: z.array(z.number()),
            chosen_ids: z.array(z.number()),
            rejected_ids: z.array(z.number()),
          }),
        ),
      })
      .parse(JSON.parse(readData('models/stories260K-hf/pku_logps.json').toString()));
    const source = pku.parse(JSON.parse(readData('datasets/pku-saferlhf-dpo-pairs.json.gz').toString()));
    for (const row of rows) {
      expect(encoder.encodePrompt(user(row.prompt))).toEqual(row.prompt_ids);
      for (const {
        prompt,
        response: [chosen, rejected],
      } of source.filter(({ prompt }) => prompt === row.prompt)) {
        const { promptIds, chosenIds, rejectedIds } = encoder.encodePair(
          { prompt: user(prompt), chosen, rejected },
          unlimitedLength,
        );
        expect([...promptIds, ...chosenIds]).toEqual([1, ...tokenizer.encode(prompt + chosen), 2]);
        expect([...promptIds, ...rejectedIds]).toEqual([1, ...tokenizer.encode(prompt + rejected), 2]);
      }
    }
  });

  it('writes the PKU template to the letter', async () => {
    const { template, encoder, tokenizer } = await storiesEncoder('pku');
    const turns = [...user('Hi'), { role: 'assistant', content: 'Hello' }, ...user('Why?')] as const;
    expect(template.render(turns, { addGenerationPrompt: true })).toBe(
      'BEGINNING OF CONVERSATION: USER: Hi ASSISTANT:Hello</s>USER: Why? ASSISTANT:',
    );
    const prompt = encoder.encodePrompt(user('Hi'));
    expect(prompt.filter((id) => id === 1)).toEqual([1]);
    expect(
      tokenSpans(tokenizer, encoder.encodeSequence(user('Hi'), 'Yes.', unlimitedLength).completionIds).at(-1),
    ).toEqual({ ids: [2], text: '</s>', special: true });
    expect(() =>
      template.render([{ role: 'system', content: 'x' }, ...user('Hi')], { addGenerationPrompt: true }),
    ).toThrow('only user and assistant');
  });

  it('names the speakers of longer conversations in the plain template', async () => {
    const { template, encoder, tokenizer } = await storiesEncoder('plain');
    const turns = [
      { role: 'system', content: 'Be kind.' },
      ...user('Hi'),
      { role: 'assistant', content: 'Hello' },
      ...user('Why?'),
    ] as const;
    expect(template.render(turns, { addGenerationPrompt: true })).toBe(
      'System: Be kind.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Why?\n\nAssistant:',
    );
    expect(tokenizer.decode(encoder.encodeSequence(turns, 'So.', unlimitedLength).completionIds)).toContain('So.</s>');
  });

  it('plans and collates 400 PKU pairs within the length', async () => {
    const { encoder } = await storiesEncoder('plain');
    const rows = pku.parse(JSON.parse(readData('datasets/pku-saferlhf-dpo-pairs.json.gz').toString())).slice(0, 400);
    const pairs = rows.map(({ prompt, response: [chosen, rejected] }) =>
      encoder.encodePair({ prompt: user(prompt), chosen, rejected }, 256),
    );
    const lengths = pairs.map(
      ({ promptIds, chosenIds, rejectedIds }) => promptIds.length + Math.max(chosenIds.length, rejectedIds.length),
    );
    expect(largestOf(lengths)).toBe(256);
    for (const batch of planSteps(lengths, 8, 1, 1, 0).flat()) {
      const {
        rowLength,
        pairs: count,
        responseCount,
      } = collatePairs(
        batch.flatMap((index) => pairs.slice(index, index + 1)),
        { sharedPrefix: true, headChunks: 4 },
      );
      expect(count).toBe(batch.length);
      expect(rowLength).toBeLessThanOrEqual(512);
      expect(responseCount % 4).toBe(0);
    }
  });
});

describe.skipIf(!hasData)('pair encoding of a chat model', () => {
  async function qwen3() {
    const folder = await mkdtemp(join(tmpdir(), 'qwen3-'));
    try {
      for (const file of ['tokenizer.json.gz', 'tokenizer_config.json'])
        await writeFile(join(folder, file.replace('.gz', '')), readData(`tokenizers/qwen3/${file}`));
      const tokenizer = await loadTokenizer(folder);
      return {
        tokenizer,
        encoder: createPairEncoder(tokenizer, await loadTemplate(folder, 'model'), [151_645, 151_643]),
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it("ends a completion with the template's own end, once", async () => {
    const { tokenizer, encoder } = await qwen3();
    const shown = (ids: readonly number[]): string =>
      tokenSpans(tokenizer, ids)
        .map(({ text }) => text)
        .join('');
    expect(shown(encoder.encodePrompt(user('Hello')))).toBe(
      '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(shown(encoder.encodeSequence(user('Hello'), 'Hi there.', unlimitedLength).completionIds)).toBe(
      '<think>\n\n</think>\n\nHi there.<|im_end|>',
    );
  });
});
