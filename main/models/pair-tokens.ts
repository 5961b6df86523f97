import { openEngineModel, type ModelText } from '../../native-models/engine/model/model.ts';
import { readTrainingPairs } from '../../native-models/protocol/run-folder/pairs.ts';
import { unlimitedLength, type PairTexts } from '../../native-models/text/encode-pair.ts';
import { templateTokensOfPair } from '../../native-models/text/template-tokens.ts';
import { tokenSpans } from '../../native-models/text/text-stream.ts';
import type { LongestPair } from './memory.ts';
import type { CountedPair, PairTokens } from './same-when-cut.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

export interface ShownToken {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
  /** It does not reach the model: the pair is longer than the longest that trains. */
  readonly cut: boolean;
}

/** All tokens of a pair, those beyond a length marked, and how many they are of each part. */
export interface TokenizedPair {
  readonly prompt: readonly ShownToken[];
  readonly chosen: readonly ShownToken[];
  readonly rejected: readonly ShownToken[];
  readonly cut: PairTokens;
}

/** Throws what the model's tokenizer and template throw. */
export function countPairTokens({ encoder, tokenizer, template }: ModelText, pair: PairTexts): CountedPair {
  const { promptIds, chosenIds, rejectedIds } = encoder.encodePair(pair, unlimitedLength);
  const differs = chosenIds.findIndex((id, place) => id !== rejectedIds[place]);
  const templateTokens = template.name === 'plain' ? [] : templateTokensOfPair(tokenizer, pair);
  return {
    prompt: promptIds.length,
    chosen: chosenIds.length,
    rejected: rejectedIds.length,
    shared: differs < 0 ? chosenIds.length : differs,
    templateTokens,
  };
}

/** The exact tokens of a pair as the engine sees it. Throws what the model's tokenizer and template throw. */
export function tokenizePair(
  { encoder, tokenizer }: Pick<ModelText, 'encoder' | 'tokenizer'>,
  pair: PairTexts,
  maxLength: number,
): TokenizedPair {
  const whole = encoder.encodePair(pair, unlimitedLength);
  const kept = encoder.encodePair(pair, maxLength);
  const shown = (ids: readonly number[], isCut: (place: number) => boolean): ShownToken[] => {
    let place = 0;
    return tokenSpans(tokenizer, ids).map((span) => {
      const begins = place;
      place += span.ids.length;
      return { id: span.ids[0] ?? 0, text: span.text, special: span.special, cut: isCut(begins) };
    });
  };
  // A response loses its end; a prompt loses its beginning, but for the token that begins every text.
  const beyond =
    (ids: readonly number[]) =>
    (place: number): boolean =>
      place >= ids.length;
  const lost = whole.promptIds.length - kept.promptIds.length;
  const first = lost > 0 && whole.promptIds[0] === kept.promptIds[0] && whole.promptIds[0] === tokenizer.bosId ? 1 : 0;
  return {
    prompt: shown(whole.promptIds, (place) => place >= first && place < first + lost),
    chosen: shown(whole.chosenIds, beyond(kept.chosenIds)),
    rejected: shown(whole.rejectedIds, beyond(kept.rejectedIds)),
    cut: {
      prompt: whole.promptIds.length - kept.promptIds.length,
      chosen: whole.chosenIds.length - kept.chosenIds.length,
      rejected: whole.rejectedIds.length - kept.rejectedIds.length,
    },
  };
}

/** Pairs looked at: the longest by characters, among which the longest by tokens is found. */
const candidates = 64;

/** The longest training pair of a run folder in tokens, within the maximum length; the longer response counts. */
export async function longestSnapshotPair(
  folder: string,
  modelPath: string,
  settings: Pick<TrainSettings, 'template' | 'maxLength'>,
): Promise<LongestPair | null> {
  const pairs = await readTrainingPairs(folder);
  const { encoder } = await openEngineModel(modelPath, settings.template);
  const lengths = pairs
    .toSorted((left, right) => characters(right) - characters(left))
    .slice(0, candidates)
    .map((pair) => encoder.encodePair(pair, settings.maxLength))
    .map(({ promptIds, chosenIds, rejectedIds }) => ({
      prompt: promptIds.length,
      response: Math.max(chosenIds.length, rejectedIds.length),
    }));
  return (
    lengths.toSorted((left, right) => right.prompt + 2 * right.response - left.prompt - 2 * left.response)[0] ?? null
  );
}

function characters({ prompt, chosen, rejected }: PairTexts): number {
  return prompt.reduce((sum, { content }) => sum + content.length, 0) + chosen.length + rejected.length;
}
