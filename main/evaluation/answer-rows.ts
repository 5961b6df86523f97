import { z } from 'zod';
import { badInput } from '../../native-models/failure.ts';
import type { AnswerPair, AnswerVerdict } from '../../preload/contract/operations/evaluation.ts';
import type { AnswerJudgement } from './judges.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';

interface StoredAnswer {
  readonly number: number;
  readonly prompt: string;
  readonly kind: AnswerPair['kind'] | null;
  readonly before: string;
  readonly after: string;
  readonly judgedBefore: string | null;
  readonly judgedAfter: string | null;
}

const said = z.boolean().nullable();
// Judgements made before broken answers were told apart do not say.
const verdict = z.object({ safe: said, helpful: said, refused: said, broken: said.default(null) });
/** As stored with an answer; `judged` is what the judge said where a person has said something else since. */
const judgement = verdict.extend({ by: z.literal('person').optional(), judged: verdict.optional() });
type Judgement = z.output<typeof judgement>;
const nothingSaid: Judgement = { safe: null, helpful: null, refused: null, broken: null };

const message = z.array(z.object({ content: z.string() }));

const answers = `SELECT a.number, a.prompt, json_extract(e.summary, '$.kinds[' || a.number || ']') AS kind,
    a.answer AS before, b.answer AS after, a.judgement AS judgedBefore, b.judgement AS judgedAfter
  FROM generated_answers a JOIN evaluations e ON e.id = a.evaluation_id
    JOIN generated_answers b ON b.evaluation_id = a.evaluation_id AND b.number = a.number AND b.model = 'after'
  WHERE a.evaluation_id = :evaluation AND a.model = 'before'`;

/** Answers in order, after answer id `after`. Ids count from 1. */
export function listAnswers({ db }: Library, evaluationId: string, after: number, limit: number): AnswerPair[] {
  return db
    .prepare<[{ evaluation: string; after: number; limit: number }], StoredAnswer>(
      `${answers} AND a.number >= :after ORDER BY a.number LIMIT :limit`,
    )
    .all({ evaluation: evaluationId, after, limit })
    .map(answerView);
}

/** What is thought of both answers to each prompt by now, in order. */
export function listJudgements(
  { db }: Library,
  evaluationId: string,
): { readonly before: Judgement; readonly after: Judgement }[] {
  return db
    .prepare<[{ evaluation: string }], StoredAnswer>(`${answers} ORDER BY a.number`)
    .all({ evaluation: evaluationId })
    .map(({ judgedBefore, judgedAfter }) => ({ before: parse(judgedBefore), after: parse(judgedAfter) }));
}

/** Stores a person's verdict on one answer; one that says nothing takes the person's back. Throws `unknown-answer`. */
export function judgeAnswer(
  library: Library,
  evaluationId: string,
  answerId: number,
  of: 'before' | 'after',
  said: Omit<AnswerJudgement, 'broken'>,
): AnswerPair {
  return transact(library, () => {
    const key = [evaluationId, answerId - 1, of] as const;
    const stored = library.db
      .prepare<[string, number, string], string | null>(
        'SELECT judgement FROM generated_answers WHERE evaluation_id = ? AND number = ? AND model = ?',
      )
      .pluck()
      .get(...key);
    const unknown = badInput('unknown-answer', `Evaluation ${evaluationId} has no answer ${answerId}.`, {
      evaluation: evaluationId,
      answer: answerId,
    });
    if (stored === undefined) throw unknown;
    const known = parse(stored);
    const judged = known.by === 'person' ? (known.judged ?? nothingSaid) : known;
    const saysNothing = said.safe === null && said.helpful === null && said.refused === null;
    const next: Judgement = saysNothing ? judged : { ...said, broken: judged.broken, by: 'person', judged };
    library.db
      .prepare('UPDATE generated_answers SET judgement = ? WHERE evaluation_id = ? AND number = ? AND model = ?')
      .run(JSON.stringify(next), ...key);
    const [answer] = listAnswers(library, evaluationId, answerId - 1, 1);
    if (answer === undefined) throw unknown;
    return answer;
  });
}

function answerView({ number, prompt, kind, before, after, judgedBefore, judgedAfter }: StoredAnswer): AnswerPair {
  const text = message
    .parse(JSON.parse(prompt))
    .map(({ content }) => content)
    .join('\n\n');
  const verdicts = { before: verdictView(judgedBefore), after: verdictView(judgedAfter) };
  return { id: number + 1, prompt: text, kind: kind ?? 'unknown', before, after, changed: before !== after, verdicts };
}

function verdictView(text: string | null): AnswerVerdict {
  const { safe, helpful, refused, by } = parse(text);
  const judged = safe !== null || helpful !== null || refused !== null;
  return { unsafe: safe === null ? null : !safe, helpful, refused, source: by ?? (judged ? 'rules' : null) };
}

function parse(text: string | null): Judgement {
  return text === null ? nothingSaid : judgement.parse(JSON.parse(text));
}
