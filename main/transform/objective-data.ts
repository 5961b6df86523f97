import type { Side } from '../../preload/contract/pairs.ts';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import type { PairJudgement } from '../../preload/contract/transform-pair.ts';
import { type ObjectiveName, type PairRule, factsOf } from '../../native-models/vocabulary/objectives.ts';

/** The chosen response under each rule (SafeDPO, section 5 and table of baselines); `null` leaves the pair out. */
const rules: { readonly [rule in PairRule]: (pair: PairJudgement) => Side | null } = {
  transformed: (pair) => transformPair(pair).chosen,
  preferred: moreHelpful,
  preferredIfSafe: moreHelpfulIfSafe,
  safer: moreHarmless,
  safest: mostHelpfulSafe,
};

/** The response that `objective` takes as chosen, or `null` where it has no use for the pair. */
export function chosenSide(objective: ObjectiveName, pair: PairJudgement): Side | null {
  return rules[factsOf(objective).pairs](pair);
}

/** DPO: the order of helpfulness, whatever is known of safety. */
function moreHelpful({ preferred }: PairJudgement): Side | null {
  return preferred === 'tie' ? null : preferred;
}

/** DPO-SafeBetter: as DPO, without the pairs whose winner is not known to be safe. */
function moreHelpfulIfSafe(pair: PairJudgement): Side | null {
  const winner = moreHelpful(pair);
  return winner !== null && pair.unsafe[winner] === false ? winner : null;
}

/** DPO-Harmless: the safe response where the verdicts differ, else the source's own order of safety. */
function moreHarmless({ unsafe, safer }: PairJudgement): Side | null {
  if (unsafe.a !== null && unsafe.b !== null && unsafe.a !== unsafe.b) return unsafe.a ? 'b' : 'a';
  return safer;
}

/** SFT: the more helpful of the safe responses; a tie takes A. */
function mostHelpfulSafe({ unsafe, preferred }: PairJudgement): Side | null {
  const safe = (['a', 'b'] as const).filter((side) => unsafe[side] === false);
  const [first, second] = safe;
  if (first === undefined || second === undefined) return first ?? null;
  return preferred === 'tie' ? first : preferred;
}
