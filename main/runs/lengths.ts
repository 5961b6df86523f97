import { askReader } from '../foreign/ask.ts';
import { countTokensQuestion, longestPairQuestion } from '../models/questions.ts';
import type { Library } from '../library/library.ts';
import type { LongestPair } from '../models/memory.ts';
import { textStamp } from '../models/opened-model.ts';
import { isSameWhenCut, type CountedPair, type PairTokens } from '../models/same-when-cut.ts';
import { choosePairs, pairReader, type PairChoice } from '../transform/training-pairs.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import { defaultObjective } from '../../native-models/vocabulary/objectives.ts';

/** Lengths of a project's pairs in tokens: prompt and longer response, nothing cut. */
export interface TokenLengths {
  /** 0 without pairs. */
  readonly tokens: { readonly median: number; readonly p95: number; readonly max: number };
  /** Pairs longer than the maximum length. */
  readonly truncated: number;
  /** Of those, pairs whose responses are the same once they are cut. */
  readonly sameWhenCut: number;
  readonly templateTokens: TemplateTokens;
}

/**
 * Pairs whose texts hold special tokens of the model, and which those are: most likely they were rendered beforehand.
 */
export interface TemplateTokens {
  readonly pairs: number;
  readonly tokens: readonly string[];
}

/** Counted at once: other questions to the reading process wait no longer than that takes. */
const pairsAtOnce = 200;

/** What was counted with a model's files as they are; a pair's texts never change. By `pair:chosen side`. */
const counted = new Map<string, Map<string, CountedPair>>();

/**
 * Counts the tokens of pairs that an objective takes, in their order. Throws what the model's tokenizer and template
 * throw, and `task-cancelled` when `signal` is aborted.
 */
export async function countTokens(
  library: Library,
  choices: readonly PairChoice[],
  modelPath: string,
  template: TrainSettings['template'],
  signal?: AbortSignal,
): Promise<CountedPair[]> {
  const known = await knownCounts(modelPath, template);
  const read = pairReader(library);
  const keyOf = ({ pairId, chosen }: PairChoice): string => `${pairId}:${chosen}`;
  const missing = choices.filter((choice) => !known.has(keyOf(choice)));
  for (let from = 0; from < missing.length; from += pairsAtOnce) {
    const some = missing.slice(from, from + pairsAtOnce);
    const pairs = some.map(read).map(({ prompt, chosen, rejected }) => ({ prompt: [...prompt], chosen, rejected }));
    const counts = await askReader(
      countTokensQuestion,
      { path: modelPath, template, pairs },
      { subject: modelPath, ...(signal === undefined ? {} : { signal }) },
    );
    for (const [index, choice] of some.entries()) {
      const tokens = counts[index];
      if (tokens !== undefined) known.set(keyOf(choice), tokens);
    }
  }
  return choices.flatMap((choice) => known.get(keyOf(choice)) ?? []);
}

async function knownCounts(modelPath: string, template: TrainSettings['template']): Promise<Map<string, CountedPair>> {
  const key = `${template} ${modelPath} ${await textStamp(modelPath)}`;
  const known = counted.get(key) ?? new Map<string, CountedPair>();
  // Of other files, also of these before they were changed, the counts are of no more use.
  counted.clear();
  counted.set(key, known);
  return known;
}

/** Prompt and longer response. */
export function wholeLength({ prompt, chosen, rejected }: PairTokens): number {
  return prompt + Math.max(chosen, rejected);
}

/**
 * Counts the tokens of every pair that SafeDPO trains on, held-out ones included. Throws what the model's tokenizer and
 * template throw.
 */
export async function tokenLengths(
  library: Library,
  projectId: number,
  modelPath: string,
  settings: Pick<TrainSettings, 'template' | 'maxLength'>,
): Promise<TokenLengths> {
  const pairs = await countTokens(
    library,
    [...choosePairs(library, projectId, defaultObjective)],
    modelPath,
    settings.template,
  );
  const lengths = pairs.map(wholeLength);
  return {
    tokens: quantiles(lengths),
    truncated: lengths.filter((length) => length > settings.maxLength).length,
    sameWhenCut: pairs.filter((pair) => isSameWhenCut(pair, settings.maxLength)).length,
    templateTokens: templateTokensOf(pairs),
  };
}

/** What pairs hold together. */
export function templateTokensOf(pairs: readonly CountedPair[]): TemplateTokens {
  const held = pairs.filter(({ templateTokens }) => templateTokens.length > 0);
  return { pairs: held.length, tokens: [...new Set(held.flatMap(({ templateTokens }) => templateTokens))].sort() };
}

/** Of lengths in any order; 0 where there are none. */
export function quantiles(lengths: readonly number[]): TokenLengths['tokens'] {
  const sorted = lengths.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
}

/** The longest training pair of a run folder in tokens, within the maximum length; the longer response counts. */
export async function longestPair(
  folder: string,
  modelPath: string,
  { template, maxLength }: Pick<TrainSettings, 'template' | 'maxLength'>,
): Promise<LongestPair | null> {
  return askReader(longestPairQuestion, { path: modelPath, template, folder, maxLength }, { subject: modelPath });
}
