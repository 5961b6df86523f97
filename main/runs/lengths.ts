import type { TrainSettings } from '../../native-models/engine/job.ts';
import { openEngineModel } from '../../native-models/engine/model.ts';
import { readSnapshot, type SnapshotPair } from '../../native-models/engine/run-folder.ts';
import type { LongestPair } from '../models/memory.ts';

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
