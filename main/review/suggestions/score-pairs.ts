import type { ScoreRow } from '../../../native-models/protocol/tasks.ts';
import { badInput, failed } from '../../../native-models/failure.ts';
import { loadTemplate } from '../../../native-models/text/chat-template.ts';
import { guardQuestion, probabilityOfUnsafe, unsafeAnswers } from '../../../preload/contract/guard-prompt.ts';
import type { Message } from '../../../preload/contract/pairs.ts';
import { runTask } from '../../engine/run-task.ts';
import type { Library } from '../../library/library.ts';
import { untrainedModel } from '../../runs/precision.ts';
import { type Suggestion, storeSuggestions } from './suggestion-store.ts';
import type { ProviderName, TemplateName } from '../../../native-models/vocabulary/lists.ts';

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

/** The name under which a scorer's suggestions are kept. */
export function scorerName({ kind, model }: PairScorer): string {
  return `${kind} of ${model}`;
}

/** How many of the pairs asked for were scored, and why the others were not. */
export interface ScoredPairs {
  readonly scored: number;
  /** This scorer scored them before. */
  readonly scoredBefore: number;
  /** Nothing that the scorer can guess is missing: a log-ratio guesses preferences, and they have one. */
  readonly notNeeded: number;
}

/**
 * Has the scorer fill the suggestions of pairs, 64 at a time; what is done stays when it is cancelled.
 * @throws Failure those of the engine, `task-cancelled`, `score-missing`, `preferences-known`,
 * `guard-without-chat-template`
 */
export async function suggestLabels(
  library: Library,
  projectId: number,
  asked: readonly number[],
  scorer: PairScorer,
  { onProgress, signal }: ScoreOptions = {},
): Promise<ScoredPairs> {
  const name = scorerName(scorer);
  if (scorer.kind === 'guard' && scorer.template === 'model') await requireGuard(scorer.model);
  const pairIds = scorer.kind === 'guard' ? asked : withoutPreference(library, asked);
  const notNeeded = asked.length - pairIds.length;
  if (asked.length > 0 && pairIds.length === 0)
    throw badInput(
      'preferences-known',
      `All ${asked.length} pairs have a preference, which is all that the start model can guess. Where ` +
        'safety verdicts are missing, score with a guard model.',
      { pairs: asked.length },
    );
  const isScored = library.db
    .prepare<[number, string], number>('SELECT 1 FROM suggestions WHERE pair_id = ? AND scorer = ? LIMIT 1')
    .pluck();
  const wanted = pairIds.filter((pairId) => isScored.get(pairId, name) === undefined);
  for (let from = 0; from < wanted.length; from += slice) {
    const pairs = readTexts(library, projectId, wanted.slice(from, from + slice));
    const scores = await scoreRows(
      library,
      pairs.flatMap((pair) => rowsOf(pair, scorer)),
      scorer,
      signal,
    );
    storeSuggestions(
      library,
      projectId,
      pairs.flatMap((pair, index) => suggestionsOf(pair.id, scores, index, scorer.kind, name)),
    );
    onProgress?.(Math.min(from + slice, wanted.length), wanted.length);
  }
  return { scored: wanted.length, scoredBefore: pairIds.length - wanted.length, notNeeded };
}

function withoutPreference({ db }: Library, pairIds: readonly number[]): readonly number[] {
  const missing = db.prepare<[number], number>('SELECT preferred IS NULL FROM pair_labels WHERE pair_id = ?').pluck();
  return pairIds.filter((pairId) => missing.get(pairId) === 1);
}

/** A guard is asked a question, so it has to be a model that takes questions. */
async function requireGuard(folder: string): Promise<void> {
  const { name } = await loadTemplate(folder, 'model');
  if (name === 'model') return;
  throw badInput(
    'guard-without-chat-template',
    `${folder} has no chat template, so it is not a model that answers questions and cannot serve as a ` +
      'guard. Choose an instruction-tuned model.',
    { folder },
  );
}

/** Log-ratio: both answers. Guard: the words for unsafe and safe after the question about A, then about B. */
function rowsOf({ prompt, a, b }: PairTexts, { kind }: PairScorer): ScoreRow[] {
  if (kind === 'log-ratio') return [a, b].map((completion) => ({ prompt, completion }));
  return [a, b].flatMap((answer) =>
    unsafeAnswers.map((completion) => ({ prompt: guardQuestion(prompt, answer), completion })),
  );
}

function suggestionsOf(
  pairId: number,
  scores: readonly RowScore[],
  index: number,
  kind: PairScorer['kind'],
  scorer: string,
): Suggestion[] {
  const score = (place: number): RowScore => {
    const found = scores[place];
    if (found === undefined || Number.isNaN(found.logp))
      throw failed('score-missing', `The engine gave no score for pair ${pairId}. Report this as a defect.`, {
        pair: pairId,
      });
    return found;
  };
  if (kind === 'log-ratio') {
    const [a, b] = [score(2 * index), score(2 * index + 1)];
    const ratio = a.logp / Math.max(1, a.tokens) - b.logp / Math.max(1, b.tokens);
    return [{ pairId, scorer, target: 'preference', score: 1 / (1 + Math.exp(-ratio)) }];
  }
  const verdict = (place: number): number => probabilityOfUnsafe(score(place).logp, score(place + 1).logp);
  return [
    { pairId, scorer, target: 'verdict a', score: verdict(4 * index) },
    { pairId, scorer, target: 'verdict b', score: verdict(4 * index + 2) },
  ];
}

interface RowScore {
  readonly logp: number;
  readonly tokens: number;
}

async function scoreRows(
  library: Library,
  rows: readonly ScoreRow[],
  { model, template, provider, threads, maxLength }: PairScorer,
  signal: AbortSignal | undefined,
): Promise<RowScore[]> {
  const scores: RowScore[] = [];
  for await (const event of runTask(
    'score',
    {
      model: await untrainedModel(model, provider, library.dir),
      device: { provider, threads },
      template,
      maxLength,
      rows,
    },
    signal,
  )) {
    if (event.event !== 'row') continue;
    scores[event.index] = { logp: event.logp, tokens: event.tokens };
  }
  return scores;
}

function readTexts({ db }: Library, projectId: number, pairIds: readonly number[]): PairTexts[] {
  return db
    .prepare<[string, number], { id: number; prompt: string; a: string; b: string }>(
      `
      SELECT pairs.id, prompt, response_a AS a, response_b AS b
      FROM json_each(?) AS wanted CROSS JOIN pairs ON pairs.id = wanted.value
      WHERE pairs.project_id = ? ORDER BY pairs.id`,
    )
    .all(JSON.stringify(pairIds), projectId)
    .map((row) => ({ ...row, prompt: JSON.parse(row.prompt) }));
}
