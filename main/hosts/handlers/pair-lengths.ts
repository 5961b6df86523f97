import { openEngineModel } from '../../../native-models/engine/model.ts';
import { tokenSpans } from '../../../native-models/text/text-stream.ts';
import { badInput } from '../../../native-models/failure.ts';
import type { LengthReport, TokenPreview, TokenView, TrainSettingsView } from '../../../preload/contract/operations/hyperparameters.ts';
import type { Library } from '../../library/library.ts';
import { selectPairs } from '../../runs/snapshot-selection.ts';
import { pairReader, type PairChoice } from '../../transform/training-pairs.ts';

type Template = TrainSettingsView['template'];
interface Lengths {
  readonly pairId: number;
  readonly prompt: number;
  readonly chosen: number;
  readonly rejected: number;
}

/** Pairs measured; more would keep the page waiting and change the shares little. */
const sampled = 2_000;
const unlimited = Number.MAX_SAFE_INTEGER;

/** Token lengths of the pairs SafeDPO would train on, and what each maximum length would cut. */
export async function measureLengths(library: Library, projectId: number, modelPath: string, template: Template, maxLengths: readonly number[]): Promise<LengthReport> {
  const { encoder } = await openEngineModel(modelPath, template);
  const read = pairReader(library);
  const lengths = selectPairs(library, projectId, 'safedpo', { limit: sampled, seed: 0 }).training.map((choice): Lengths => {
    const { promptIds, chosenIds, rejectedIds } = encoder.encodePair(read(choice), unlimited);
    return { pairId: choice.pairId, prompt: promptIds.length, chosen: chosenIds.length, rejected: rejectedIds.length };
  });
  const total = ({ prompt, chosen, rejected }: Lengths): number => prompt + Math.max(chosen, rejected);
  const byLength = lengths.toSorted((left, right) => total(left) - total(right));
  const longest = byLength.map(total);
  const at = (share: number): number => longest[Math.min(longest.length - 1, Math.floor(share * longest.length))] ?? 0;
  return {
    longestPairId: byLength.at(-1)?.pairId ?? null,
    pairs: lengths.length,
    medianTokens: at(0.5),
    p95Tokens: at(0.95),
    maxTokens: at(1),
    truncation: maxLengths.map((maxLength) => {
      const count = (isCut: (pair: Lengths) => boolean): number => lengths.filter(isCut).length;
      return {
        maxLength,
        prompts: count(({ prompt, chosen, rejected }) => prompt + Math.max(chosen, rejected) > maxLength && Math.max(chosen, rejected) < maxLength),
        chosen: count(({ prompt, chosen }) => prompt + chosen > maxLength),
        rejected: count(({ prompt, rejected }) => prompt + rejected > maxLength),
        pairsShare: lengths.length === 0 ? 0 : count(({ prompt, chosen, rejected }) => prompt + Math.max(chosen, rejected) > maxLength) / lengths.length,
      };
    }),
  };
}

/** The exact tokens of one pair as the engine sees it. Throws `no-training-pairs`, `pair-not-trained`. */
export async function previewTokens(library: Library, projectId: number, modelPath: string, pairId: number | null, template: Template, maxLength: number): Promise<TokenPreview> {
  const { choice, next } = findChoice(library, projectId, pairId);
  const { encoder, tokenizer } = await openEngineModel(modelPath, template);
  const pair = pairReader(library)(choice);
  const whole = encoder.encodePair(pair, unlimited);
  const kept = encoder.encodePair(pair, maxLength);
  const view = (ids: readonly number[]): TokenView[] => tokenSpans(tokenizer, ids).map(({ ids: [id = 0], text, special }) => ({ id, text, special }));
  return {
    pairId: choice.pairId,
    nextPairId: next?.pairId ?? null,
    prompt: view(kept.promptIds),
    chosen: view(kept.chosenIds),
    rejected: view(kept.rejectedIds),
    cut: { prompt: whole.promptIds.length - kept.promptIds.length, chosen: whole.chosenIds.length - kept.chosenIds.length, rejected: whole.rejectedIds.length - kept.rejectedIds.length },
  };
}

function findChoice(library: Library, projectId: number, pairId: number | null): { readonly choice: PairChoice; readonly next: PairChoice | undefined } {
  const { training, heldOut } = selectPairs(library, projectId, 'safedpo', { limit: null, seed: 0 });
  const choices = [...training, ...heldOut];
  const place = pairId === null ? 0 : choices.findIndex((choice) => choice.pairId === pairId);
  const choice = pairId === null ? training[0] : choices[place];
  if (choice !== undefined) return { choice, next: choices[place + 1] };
  if (pairId === null) throw badInput('no-training-pairs', 'No pair can train yet: import data, or label the waiting pairs.', { project: projectId });
  throw badInput('pair-not-trained', `Pair ${pairId} is dropped or waiting, so no run would see it. Choose another.`, { pair: pairId });
}
