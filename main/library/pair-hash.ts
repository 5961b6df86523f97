import type { Message } from '../../preload/contract/pairs.ts';
import { sha256 } from './canonical-json.ts';

/** Identifies a pair in every library: SHA-256 of the prompt's roles and contents and both responses, in order. */
export function contentHash(prompt: readonly Message[], responseA: string, responseB: string): Buffer {
  return sha256(JSON.stringify([prompt.map(({ role, content }) => [role, content]), responseA, responseB]));
}

/**
 * Says which prompts count as the same when training and held-out pairs are kept apart: Unicode NFKC, lower case, runs
 * of white space as one space.
 */
export function promptHash(prompt: readonly Message[]): Buffer {
  const normalised = prompt.map(({ role, content }) => [
    role,
    content.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim(),
  ]);
  return sha256(JSON.stringify(normalised));
}
