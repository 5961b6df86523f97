import { completionRoom } from '../../native-models/text/truncate.ts';

/** Tokens of a pair, nothing cut. */
export interface PairTokens {
  readonly prompt: number;
  readonly chosen: number;
  readonly rejected: number;
}

/** Tokens of a pair, and how many of them both responses begin with. */
export interface CountedPair extends PairTokens {
  readonly shared: number;
}

/** Whether nothing is left of what sets the two responses apart once the pair is cut: no preference can be learned from it. */
export function isSameWhenCut({ prompt, chosen, rejected, shared }: CountedPair, maxLength: number): boolean {
  return shared >= completionRoom(prompt, Math.max(chosen, rejected), maxLength);
}
