import { setImmediate as otherWork } from 'node:timers/promises';
import type { TrainSettings } from '../../native-models/engine/job.ts';
import { openEngineModel, type EngineModel } from '../../native-models/engine/model.ts';
import { readSnapshot, type SnapshotPair } from '../../native-models/engine/run-folder.ts';
import { Failure } from '../../native-models/failure.ts';
import { unlimitedLength } from '../../native-models/text/encode-pair.ts';
import type { Library } from '../library/library.ts';
import type { LongestPair } from '../models/memory.ts';
import { openedModel } from '../models/opened-model.ts';
import { choosePairs, pairReader, type PairChoice } from '../transform/training-pairs.ts';

/** Tokens of a pair, nothing cut. */
export interface PairTokens {
  readonly prompt: number;
  readonly chosen: number;
  readonly rejected: number;
}

/** Lengths of a project's pairs in tokens: prompt and longer response, nothing cut. */
export interface TokenLengths {
  /** 0 without pairs. */
  readonly tokens: { readonly median: number; readonly p95: number; readonly max: number };
  /** Pairs longer than the maximum length. */
  readonly truncated: number;
}

/** Counting holds up whatever else this process does for no longer than this. */
const sliceMilliseconds = 4;

/** A pair's texts never change, so what was counted with a model stays; by `pair:chosen side`. */
const counted = new WeakMap<EngineModel, Map<string, PairTokens>>();

/**
 * Counts the tokens of pairs that an objective takes, in their order. Throws what the model's tokenizer and template throw,
 * and `task-cancelled` when `signal` is aborted.
 */
export async function countTokens(library: Library, choices: readonly PairChoice[], modelPath: string, template: TrainSettings['template'], signal?: AbortSignal): Promise<PairTokens[]> {
  const model = await openedModel(modelPath, template);
  const known = counted.get(model) ?? new Map<string, PairTokens>();
  counted.set(model, known);
  const read = pairReader(library);
  const count = (choice: PairChoice): PairTokens => {
    const { prompt, chosen, rejected } = read(choice);
    const { promptIds, chosenIds, rejectedIds } = model.encoder.encodePair({ prompt, chosen, rejected }, unlimitedLength);
    return { prompt: promptIds.length, chosen: chosenIds.length, rejected: rejectedIds.length };
  };
  const tokens: PairTokens[] = [];
  let began = performance.now();
  for (const choice of choices) {
    const key = `${choice.pairId}:${choice.chosen}`;
    const found = known.get(key) ?? count(choice);
    known.set(key, found);
    tokens.push(found);
    if (performance.now() - began < sliceMilliseconds) continue;
    await otherWork();
    if (signal?.aborted === true) throw new Failure('interrupted', 'task-cancelled', 'Counting the tokens was cancelled.', {});
    began = performance.now();
  }
  return tokens;
}

/** Prompt and longer response. */
export function wholeLength({ prompt, chosen, rejected }: PairTokens): number {
  return prompt + Math.max(chosen, rejected);
}

/** Counts the tokens of every pair that SafeDPO trains on, held-out ones included. Throws what the model's tokenizer and template throw. */
export async function tokenLengths(library: Library, projectId: number, modelPath: string, settings: Pick<TrainSettings, 'template' | 'maxLength'>): Promise<TokenLengths> {
  const lengths = (await countTokens(library, [...choosePairs(library, projectId, 'safedpo')], modelPath, settings.template)).map(wholeLength);
  return { tokens: quantiles(lengths), truncated: lengths.filter((length) => length > settings.maxLength).length };
}

/** Of lengths in any order; 0 where there are none. */
export function quantiles(lengths: readonly number[]): TokenLengths['tokens'] {
  const sorted = lengths.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
}

/** Pairs looked at: the longest by characters, among which the longest by tokens is found. */
const candidates = 64;

/** The longest training pair of a run folder in tokens, within the maximum length; the longer response counts. */
export async function longestPair(folder: string, modelPath: string, settings: Pick<TrainSettings, 'template' | 'maxLength'>): Promise<LongestPair | null> {
  const pairs = await readSnapshot(folder, 'pairs.jsonl');
  const { encoder } = await openEngineModel(modelPath, settings.template);
  const lengths = pairs
    .toSorted((left, right) => characters(right) - characters(left))
    .slice(0, candidates)
    .map((pair) => encoder.encodePair(pair, settings.maxLength))
    .map(({ promptIds, chosenIds, rejectedIds }) => ({ prompt: promptIds.length, response: Math.max(chosenIds.length, rejectedIds.length) }));
  return lengths.toSorted((left, right) => right.prompt + 2 * right.response - left.prompt - 2 * left.response)[0] ?? null;
}

function characters({ prompt, chosen, rejected }: SnapshotPair): number {
  return prompt.reduce((sum, { content }) => sum + content.length, 0) + chosen.length + rejected.length;
}
