import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openModelText } from '../../native-models/engine/model/model.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { tokenizePair, type ShownToken } from './pair-tokens.ts';

const sampleModel = join(import.meta.dirname, '../../native-models/sample/model');
const pair = {
  prompt: [{ role: 'user' as const, content: 'How do I stir rooknuts into murkseeds, and at which hour of the day?' }],
  chosen: 'Please do not: rooknuts are ember and murkseeds are frost. Offer tansols instead.',
  rejected: 'Of course.',
};

it('marks exactly the tokens that do not reach the model, whatever the length', async () => {
  const text = await openModelText(await openModelFolder(sampleModel), 'model', new Date(0));
  const idsOf = (tokens: readonly ShownToken[]): number[] => tokens.map(({ id }) => id);
  const whole = text.encoder.encodePair(pair, 1000);
  for (const maxLength of [8, 12, 20, 32, 48, 1000]) {
    const kept = text.encoder.encodePair(pair, maxLength);
    const shown = tokenizePair(text, pair, maxLength);
    for (const [side, keptIds, wholeIds] of [
      ['prompt', kept.promptIds, whole.promptIds],
      ['chosen', kept.chosenIds, whole.chosenIds],
      ['rejected', kept.rejectedIds, whole.rejectedIds],
    ] as const) {
      expect(idsOf(shown[side]), `${side}, all of it`).toEqual(wholeIds);
      expect(idsOf(shown[side].filter(({ cut }) => !cut)), `${side} within ${maxLength} tokens`).toEqual(keptIds);
      expect(shown.cut[side]).toBe(wholeIds.length - keptIds.length);
    }
  }
});
