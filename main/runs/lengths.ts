import type { TrainSettings } from '../../native-models/engine/job.ts';
import { openEngineModel } from '../../native-models/engine/model.ts';
import { readSnapshot, type SnapshotPair } from '../../native-models/engine/run-folder.ts';
import type { Library } from '../library/library.ts';
import type { LongestPair } from '../models/memory.ts';
import { choosePairs, pairReader } from '../transform/training-pairs.ts';

/** Lengths of a project's pairs in tokens: prompt and longer response, nothing cut. */
export interface TokenLengths {
  readonly tokens: { readonly median: number; readonly p95: number; readonly max: number };
  /** Pairs longer than the maximum length. */
  readonly truncated: number;
}

/** Counts the tokens of every pair that SafeDPO trains on, held-out ones included. Throws what the model's tokenizer and template throw. */
export async function tokenLengths(library: Library, projectId: number, modelPath: string, settings: Pick<TrainSettings, 'template' | 'maxLength'>): Promise<TokenLengths> {
  const { encoder } = await openEngineModel(modelPath, settings.template);
  const read = pairReader(library);
  const lengths = Array.from(choosePairs(library, projectId, 'safedpo'), (choice) => {
    const { prompt, chosen, rejected } = read(choice);
    return encoder.encodePrompt(prompt).length + Math.max(encoder.encodeCompletion(prompt, chosen).length, encoder.encodeCompletion(prompt, rejected).length);
  }).sort((left, right) => left - right);
  const at = (share: number) => lengths[Math.min(lengths.length - 1, Math.floor(share * lengths.length))] ?? 0;
  return { tokens: { median: at(0.5), p95: at(0.95), max: at(1) }, truncated: lengths.filter((length) => length > settings.maxLength).length };
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
