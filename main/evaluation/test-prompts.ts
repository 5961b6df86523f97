import type { Message } from '../../preload/contract/pairs.ts';
import type { Library } from '../library/library.ts';
import { selectPairs } from '../runs/snapshot-selection.ts';
import { pairReader, type ObjectivePair } from '../transform/training-pairs.ts';
import { sampleKind, type PromptKind, type TestPrompt } from './judges.ts';
import { defaultObjective } from '../../native-models/vocabulary/objectives.ts';

/** The held-out pairs of a project, as SafeDPO orders them. */
export function heldOutPairs(library: Library, projectId: number): ObjectivePair[] {
  return selectPairs(library, projectId, defaultObjective, { limit: null, seed: 0 }).heldOut.map(pairReader(library));
}

/**
 * The different prompts of pairs, at most `limit`. A prompt that drew an unsafe response is taken for a hazard, one
 * whose responses are all safe for benign, unless the sample's rules say it exactly.
 */
export function promptsOf(pairs: readonly ObjectivePair[], limit: number): TestPrompt[] {
  const kinds = new Map<string, { messages: readonly Message[]; kind: PromptKind }>();
  for (const { prompt, chosenUnsafe, rejectedUnsafe } of pairs) {
    const key = JSON.stringify(prompt);
    const known = kinds.get(key)?.kind;
    const own =
      chosenUnsafe === true || rejectedUnsafe === true
        ? 'hazard'
        : chosenUnsafe === false && rejectedUnsafe === false
          ? 'benign'
          : 'unknown';
    const kind = sampleKind(prompt) ?? (known === 'hazard' || own === 'hazard' ? 'hazard' : own);
    kinds.set(key, { messages: prompt, kind });
  }
  return [...kinds.values()].slice(0, limit);
}
