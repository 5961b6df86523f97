import { z } from 'zod';
import type { ProviderName, TemplateName } from '../../native-models/engine/job.ts';
import type { ScoreRow } from '../../native-models/engine/tasks.ts';
import { failed } from '../../native-models/failure.ts';
import { guardQuestion, probabilityOfUnsafe, unsafeAnswers } from '../../preload/contract/guard-prompt.ts';
import type { Message } from '../../preload/contract/pairs.ts';
import { runTask } from '../engine/run-task.ts';
import type { Library } from '../library/library.ts';
import { untrainedModel } from '../runs/precision.ts';
import { type Suggestion, storeSuggestions } from './suggestion-store.ts';

/**
 * Who scores. `log-ratio`: the start model's own log-probability a token of answer A against answer B; it guesses the
 * preference. `guard`: a model asked by `guardQuestion` whether an answer is unsafe; it guesses both verdicts.
 */
export interface PairScorer {
  readonly kind: 'log-ratio' | 'guard';
  /** Hugging Face model folder. */
  readonly model: string;
  readonly template: TemplateName;
  readonly provider: ProviderName;
  readonly threads: number;
  readonly maxLength: number;
}

export interface ScoreOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

interface PairTexts {
  readonly id: number;
  readonly prompt: readonly Message[];
  readonly a: string;
  readonly b: string;
}

const slice = 64;
const rowEvent = z.looseObject({ index: z.int(), logp: z.number(), tokens: z.int() });

/** The name under which a scorer's suggestions are kept. */
export function scorerName({ kind, model }: PairScorer): string {
  return `${kind} of ${model}`;
}

/**
 * Has the scorer fill the suggestions of pairs, 64 at a time; what is done stays when it is cancelled, and pairs that this
 * scorer has scored are not scored again.
 * @returns how many pairs were scored
 * @throws Failure those of the engine, `task-cancelled`, `score-missing`
 */
export async function suggestLabels(library: Library, projectId: number, pairIds: readonly number[], scorer: PairScorer, { onProgress, signal }: ScoreOptions = {}): Promise<number> {
  const name = scorerName(scorer);
  const isScored = library.db.prepare<[number, string], number>('SELECT 1 FROM suggestions WHERE pair_id = ? AND scorer = ? LIMIT 1').pluck();
  const wanted = pairIds.filter((pairId) => isScored.get(pairId, name) === undefined);
  for (let from = 0; from < wanted.length; from += slice) {
    const pairs = readTexts(library, projectId, wanted.slice(from, from + slice));
    const scores = await scoreRows(library, pairs.flatMap((pair) => rowsOf(pair, scorer)), scorer, signal);
    storeSuggestions(library, projectId, pairs.flatMap((pair, index) => suggestionsOf(pair.id, scores, index, scorer.kind, name)));
    onProgress?.(Math.min(from + slice, wanted.length), wanted.length);
  }
  return wanted.length;
}

/** Log-ratio: both answers. Guard: the words for unsafe and safe after the question about A, then about B. */
function rowsOf({ prompt, a, b }: PairTexts, { kind }: PairScorer): ScoreRow[] {
  if (kind === 'log-ratio') return [a, b].map((completion) => ({ prompt, completion }));
  return [a, b].flatMap((answer) => unsafeAnswers.map((completion) => ({ prompt: guardQuestion(prompt, answer), completion })));
}

function suggestionsOf(pairId: number, scores: readonly RowScore[], index: number, kind: PairScorer['kind'], scorer: string): Suggestion[] {
  const score = (place: number): RowScore => {
    const found = scores[place];
    if (found === undefined) throw failed('score-missing', `The engine gave no score for pair ${pairId}. Report this as a defect.`, { pair: pairId });
    return found;
  };
  if (kind === 'log-ratio') {
    const [a, b] = [score(2 * index), score(2 * index + 1)];
    const ratio = a.logp / Math.max(1, a.tokens) - b.logp / Math.max(1, b.tokens);
    return [{ pairId, scorer, target: 'preference', score: 1 / (1 + Math.exp(-ratio)) }];
  }
  const verdict = (place: number): number => probabilityOfUnsafe(score(place).logp, score(place + 1).logp);
  return [{ pairId, scorer, target: 'verdict a', score: verdict(4 * index) }, { pairId, scorer, target: 'verdict b', score: verdict(4 * index + 2) }];
}

interface RowScore {
  readonly logp: number;
  readonly tokens: number;
}

async function scoreRows(library: Library, rows: readonly ScoreRow[], { model, template, provider, threads, maxLength }: PairScorer, signal: AbortSignal | undefined): Promise<RowScore[]> {
  const scores: RowScore[] = [];
  for await (const event of runTask('score', { model: await untrainedModel(model, provider, library.dir), device: { provider, threads }, template, maxLength, rows }, signal)) {
    if (event.event !== 'row') continue;
    const { index, logp, tokens } = rowEvent.parse(event);
    scores[index] = { logp, tokens };
  }
  return scores;
}

function readTexts({ db }: Library, projectId: number, pairIds: readonly number[]): PairTexts[] {
  return db
    .prepare<[string, number], { id: number; prompt: string; a: string; b: string }>(`
      SELECT pairs.id, prompt, response_a AS a, response_b AS b FROM json_each(?) AS wanted CROSS JOIN pairs ON pairs.id = wanted.value WHERE pairs.project_id = ? ORDER BY pairs.id`)
    .all(JSON.stringify(pairIds), projectId)
    .map((row) => ({ ...row, prompt: JSON.parse(row.prompt) }));
}
