import { completionRoom } from '../../native-models/text/truncate.ts';

/** Tokens of a pair, nothing cut. */
export interface PairTokens {
  readonly prompt: number;
  readonly chosen: number;
  readonly rejected: number;
}

/** Tokens of a pair, and what else is known once they are counted. */
export interface CountedPair extends PairTokens {
  /** How many tokens both responses begin with. */
  readonly shared: number;
  /**
   * Special tokens of the model that its texts hold; none with the plain template, for which texts stand as they are.
   */
  readonly templateTokens: readonly string[];
}

/**
 * Whether nothing is left of what sets the two responses apart once the pair is cut: no preference can be learned from
 * it.
 */
export function isSameWhenCut(
  { prompt, chosen, rejected, shared }: Omit<CountedPair, 'templateTokens'>,
  maxLength: number,
): boolean {
  return shared >= completionRoom(prompt, Math.max(chosen, rejected), maxLength);
}
