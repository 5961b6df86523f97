import { jsonValue } from '../../../native-models/files/json-file.ts';
import { z } from 'zod';
import type { OpinionProblem, ReadOpinions } from './import-opinions.ts';
import { latestStatements, type Statement } from './latest-statements.ts';
import type { OpinionTarget, OpinionValue } from './opinions.ts';
import type { PairFinder } from './pair-finder.ts';

const texts = z.object({ prompt: z.string(), response_a: z.string(), response_b: z.string() });
const record = z.record(z.string(), z.unknown());
const responses = z.array(z.string().nullable());

const questions: readonly (readonly [question: string, target: OpinionTarget])[] = [
  ['verdict_a', 'verdict a'],
  ['verdict_b', 'verdict b'],
  ['preferred', 'preference'],
];

/**
 * Reads Argilla records as `records.to_list(flatten=True)` gives them (Argilla 2, docs.argilla.io, "Export your
 * dataset"): a JSON list of flat objects with the fields `prompt`, `response_a`, `response_b`, and for each question
 * the columns `QUESTION.responses`, `QUESTION.responses.users` and `QUESTION.responses.status`. The questions are
 * `verdict_a` and `verdict_b` (safe, unsafe) and `preferred` (a, b, tie). Discarded and draft responses are left out.
 * The format has no times, so two responses of one user that differ are a problem.
 */
export function opinionsOfArgilla(json: string, finder: PairFinder): ReadOpinions {
  const records = z.array(record).safeParse(jsonValue(json));
  if (!records.success)
    return { opinions: [], problems: [{ line: 1, message: 'the file is no JSON list of records' }] };
  const statements: Statement[] = [];
  const problems: OpinionProblem[] = [];
  const columns = questions.map(([question]) => `${question}.responses`);
  if (records.data.length > 0 && !records.data.some((row) => columns.some((column) => column in row)))
    problems.push({
      line: 1,
      message: `no record has a column ${columns.join(', ')}; export with records.to_list(flatten=True)`,
    });
  for (const [index, row] of records.data.entries()) {
    const line = index + 1;
    const found = texts.safeParse(row);
    const pairId = found.success
      ? finder.byTexts(found.data.prompt, found.data.response_a, found.data.response_b)
      : null;
    if (!found.success) problems.push({ line, message: 'the fields prompt, response_a and response_b are texts' });
    else if (pairId === null)
      problems.push({
        line,
        message: 'no pair of this project has this prompt and these responses; import the dataset first',
      });
    else
      for (const [question, target] of questions)
        readQuestion(row, question, target, { line, pairId }, statements, problems);
  }
  const latest = latestStatements(statements);
  return { opinions: latest.opinions, problems: [...problems, ...latest.problems] };
}

function readQuestion(
  row: { readonly [column: string]: unknown },
  question: string,
  target: OpinionTarget,
  at: { readonly line: number; readonly pairId: number },
  statements: Statement[],
  problems: OpinionProblem[],
): void {
  const column = `${question}.responses`;
  if (row[column] === undefined || row[column] === null) return;
  const given = responses.safeParse(row[column]);
  const users = responses.safeParse(row[`${column}.users`]);
  const status = responses.safeParse(row[`${column}.status`] ?? []);
  if (!given.success || !users.success || !status.success || users.data.length !== given.data.length)
    return void problems.push({ line: at.line, message: `${column} and ${column}.users are lists of the same length` });
  for (const [place, answer] of given.data.entries()) {
    const [reviewer, state] = [users.data[place] ?? '', status.data[place] ?? 'submitted'];
    if (answer === null || state !== 'submitted') continue;
    const value = opinionValue(target, answer);
    if (value === null)
      problems.push({
        line: at.line,
        message:
          `${column}: ${JSON.stringify(answer)} is not ` +
          `${target === 'preference' ? 'a, b or tie' : 'safe or unsafe'}`,
      });
    else if (reviewer === '') problems.push({ line: at.line, message: `${column}.users: a response has no user` });
    else
      statements.push({
        line: at.line,
        reviewer,
        subject: `${at.pairId} ${target}`,
        at: null,
        opinions: [{ ...at, reviewer, target, value, at: null, reason: '' }],
      });
  }
}

/** The opinion a word stands for, in lower case; `null` when it is none for that target. */
export function opinionValue(target: OpinionTarget, word: string): OpinionValue | null {
  const values: readonly OpinionValue[] = target === 'preference' ? ['a', 'b', 'tie'] : ['safe', 'unsafe'];
  return values.find((value) => value === word.trim().toLowerCase()) ?? null;
}
