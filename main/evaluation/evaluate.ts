import { randomUUID } from 'node:crypto';
import type { ComputedModel, SamplingSettings } from '../../native-models/protocol/tasks.ts';
import { stepOfCheckpoint } from '../../native-models/protocol/run-folder/checkpoint.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { generateAnswers } from './generate-answers.ts';
import { comparePreferences, scorePairs, type HeldOutReport } from './held-out.ts';
import { chooseJudge, type AnswerJudgement, type JudgeName, type TestPrompt } from './judges.ts';
import type { TestSet } from './test-set.ts';
import { countShares, type EvaluationShares } from './shares.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

export interface EvaluationRequest {
  readonly projectId: number;
  readonly runId: string | null;
  /** With the trained model's checkpoint; one without looks at the start model alone. */
  readonly model: ComputedModel;
  readonly testSet: TestSet;
  /** Held-out preferences that the run measured at its end already; nothing is scored again then. */
  readonly measured?: Evaluation['heldOut'];
  readonly judge: JudgeName | 'auto';
  readonly sampling: Omit<SamplingSettings, 'topP'>;
  /** What of a run's settings decides how its model is computed and measured. */
  readonly settings: Pick<TrainSettings, 'threads' | 'template' | 'maxLength' | 'beta'> & {
    readonly provider: ProviderName;
  };
  readonly signal?: AbortSignal;
  /** What is being done, and how far that is (0 to 1). */
  readonly onProgress?: (doing: string, fraction: number) => void;
}

/** One prompt with the answers of the start model and of the trained one (`null`: only one model was asked). */
export interface AnsweredPrompt {
  readonly prompt: TestPrompt;
  readonly before: { readonly text: string; readonly judgement: AnswerJudgement };
  readonly after: { readonly text: string; readonly judgement: AnswerJudgement } | null;
}

export interface Evaluation extends EvaluationShares {
  readonly id: string;
  readonly judge: JudgeName;
  readonly heldOut: { readonly before: HeldOutReport | null; readonly after: HeldOutReport | null };
  readonly answers: readonly AnsweredPrompt[];
}

/**
 * Measures a model, and what a run made of it, on held-out pairs and by judged answers to the same prompts with the
 * same seed. The result is stored in the library. Throws the engine's failures; then nothing is stored.
 */
export async function evaluate(library: Library, request: EvaluationRequest): Promise<Evaluation> {
  const { model, signal } = request;
  const { pairs, prompts } = request.testSet;
  const { provider, threads, template, maxLength, beta } = request.settings;
  const device = { provider, threads };
  const { maxNewTokens, temperature, seed } = request.sampling;
  const sampling = { maxNewTokens, temperature, topP: 1, seed };
  const doing = (what: string) => ({
    onProgress: (fraction: number) => request.onProgress?.(what, fraction),
    ...(signal === undefined ? {} : { signal }),
  });
  const start = { ...model, checkpoint: null };
  const trained = model.checkpoint === null ? null : model;
  const score = (side: ComputedModel, what: string) =>
    pairs.length === 0 ? [] : scorePairs(side, pairs, { device, template, maxLength, ...doing(what) });
  const generate = (side: ComputedModel, what: string) =>
    prompts.length === 0
      ? []
      : generateAnswers(
          side,
          prompts.map(({ messages }) => ({ messages })),
          { device, template, sampling, ...doing(what) },
        );

  const startScores = await score(start, 'Scoring held-out pairs, before training');
  const trainedScores = trained === null ? null : await score(trained, 'Scoring held-out pairs, after training');
  const startAnswers = await generate(start, 'Answering prompts, before training');
  const trainedAnswers = trained === null ? null : await generate(trained, 'Answering prompts, after training');

  const judge = chooseJudge(request.judge, prompts);
  const answers = prompts.map((prompt, index): AnsweredPrompt => {
    const judged = (text: string) => ({ text, judgement: judge.judge(prompt, text) });
    const after = trainedAnswers?.[index]?.text;
    return {
      prompt,
      before: judged(startAnswers[index]?.text ?? ''),
      after: after === undefined ? null : judged(after),
    };
  });
  const heldOut = request.measured ?? {
    before: comparePreferences(pairs, startScores, startScores, beta),
    after: trainedScores === null ? null : comparePreferences(pairs, trainedScores, startScores, beta),
  };
  const evaluation = {
    id: randomUUID(),
    judge: judge.name,
    heldOut,
    ...countShares(
      answers.map(({ prompt: { kind }, before, after }) => ({
        kind,
        before: before.judgement,
        after: after?.judgement ?? null,
      })),
    ),
    answers,
  };
  store(library, request, sampling, evaluation);
  return evaluation;
}

/**
 * The shares are counted anew whenever they are shown, since people judge answers too: only the kinds of the prompts
 * are kept for that.
 */
function store(
  library: Library,
  { projectId, runId, model, testSet }: EvaluationRequest,
  sampling: SamplingSettings,
  { answers, id, judge, heldOut }: Evaluation,
): void {
  const { pairs, prompts, promptsFrom } = testSet;
  const step = model.checkpoint === null ? null : stepOfCheckpoint(model.checkpoint);
  const settings = { pairs: pairs.length, prompts: prompts.length, ...sampling, step };
  const summary = { judge, heldOut, promptsFrom, kinds: answers.map(({ prompt }) => prompt.kind) };
  transact(library, () => {
    library.db
      .prepare(
        'INSERT INTO evaluations (id, project_id, run_id, model_path, settings, summary, created_at) VALUES ' +
          '(?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        id,
        projectId,
        runId,
        model.path,
        JSON.stringify(settings),
        JSON.stringify(summary),
        new Date().toISOString(),
      );
    const insert = library.db.prepare(
      'INSERT INTO generated_answers (evaluation_id, number, model, prompt, answer, judgement) VALUES (?, ' +
        '?, ?, ?, ?, ?)',
    );
    for (const [number, { prompt, before, after }] of answers.entries()) {
      const messages = JSON.stringify(prompt.messages);
      insert.run(id, number, 'before', messages, before.text, JSON.stringify(before.judgement));
      if (after !== null) insert.run(id, number, 'after', messages, after.text, JSON.stringify(after.judgement));
    }
  });
}
