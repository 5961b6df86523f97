import { badInput } from '../../native-models/failure.ts';
import type { LengthReport, TokenPreview } from '../../preload/contract/operations/hyperparameters.ts';
import { askReader } from '../foreign/ask.ts';
import { tokenizePairQuestion } from '../models/questions.ts';
import type { Library } from '../library/library.ts';
import { isSameWhenCut, type CountedPair } from '../models/same-when-cut.ts';
import { readAhead, reviewView } from '../review/index/current-columns.ts';
import { countTokens, quantiles, templateTokensOf, wholeLength } from '../runs/lengths.ts';
import { chooseAmong, choosePairs, pairReader, type PairChoice } from '../transform/training-pairs.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import { defaultObjective } from '../../native-models/vocabulary/objectives.ts';

type Template = TrainSettings['template'];

/** Of more pairs an even selection is measured: it keeps the page waiting no longer and changes the shares little. */
const mostMeasured = 10_000;

/** Token lengths of the pairs SafeDPO takes, held-out ones included, and what each maximum length would cut. */
export async function measureLengths(
  library: Library,
  projectId: number,
  modelPath: string,
  template: Template,
  maxLengths: readonly number[],
  signal: AbortSignal,
): Promise<LengthReport> {
  await readAhead(library, projectId, signal);
  const kept = keptPairIds(library, projectId);
  const every = Math.ceil(kept.length / mostMeasured);
  const measured = kept.filter((_, index) => index % every === 0);
  const choices = chooseAmong(library, projectId, defaultObjective, measured);
  const tokens = await countTokens(library, choices, modelPath, template, signal);
  const { median, p95, max } = quantiles(tokens.map(wholeLength));
  const longest = choices[tokens.findIndex((pair) => wholeLength(pair) === max)];
  return {
    longestPairId: longest?.pairId ?? null,
    pairs: tokens.length,
    medianTokens: median,
    p95Tokens: p95,
    maxTokens: max,
    templateTokens: templateTokensOf(tokens),
    truncation: maxLengths.map((maxLength) => {
      const count = (isCut: (pair: CountedPair) => boolean): number => tokens.filter(isCut).length;
      return {
        maxLength,
        prompts: count((pair) => wholeLength(pair) > maxLength && Math.max(pair.chosen, pair.rejected) < maxLength),
        chosen: count(({ prompt, chosen }) => prompt + chosen > maxLength),
        rejected: count(({ prompt, rejected }) => prompt + rejected > maxLength),
        same: count((pair) => isSameWhenCut(pair, maxLength)),
        pairsShare: tokens.length === 0 ? 0 : count((pair) => wholeLength(pair) > maxLength) / tokens.length,
      };
    }),
  };
}

/** The exact tokens of one pair as the engine sees it. Throws `no-training-pairs`, `pair-not-trained`. */
export async function previewTokens(
  library: Library,
  projectId: number,
  modelPath: string,
  pairId: number | null,
  template: Template,
  maxLength: number,
): Promise<TokenPreview> {
  const choice = findChoice(library, projectId, pairId);
  const ids = keptPairIds(library, projectId);
  const { prompt, chosen, rejected } = pairReader(library)(choice);
  const pair = { prompt: [...prompt], chosen, rejected };
  const tokens = await askReader(
    tokenizePairQuestion,
    { path: modelPath, template, pair, maxLength },
    { subject: modelPath },
  );
  return { pairId: choice.pairId, nextPairId: ids[ids.indexOf(choice.pairId) + 1] ?? null, ...tokens };
}

/** The pairs that SafeDPO's transform keeps or swaps, in the order of their ids. */
function keptPairIds(library: Library, projectId: number): readonly number[] {
  const { ids, states, distinct } = reviewView(library, projectId).columns;
  const isKept = distinct.map((state) => !state.class.includes('waiting') && !state.class.includes('dropped'));
  return Array.from(ids).filter((_, place) => isKept[states[place] ?? -1] === true);
}

function findChoice(library: Library, projectId: number, pairId: number | null): PairChoice {
  const [named] = pairId === null ? [] : chooseAmong(library, projectId, defaultObjective, [pairId]);
  if (named !== undefined) return named;
  if (pairId === null)
    for (const choice of choosePairs(library, projectId, defaultObjective)) if (!choice.heldOut) return choice;
  if (pairId === null)
    throw badInput('no-training-pairs', 'No pair can train yet: import data, or label the waiting pairs.', {
      project: projectId,
    });
  throw badInput('pair-not-trained', `Pair ${pairId} is dropped or waiting, so no run would see it. Choose another.`, {
    pair: pairId,
  });
}
