import { z } from 'zod';
import type { FileOpinion, OpinionProblem, ReadOpinions } from './import-opinions.ts';
import { labelStudioOpinion, labelStudioQuestions, labelStudioResult } from './label-studio-result.ts';
import { latestStatements, type Statement } from './latest-statements.ts';
import { jsonValue } from '../../../native-models/files/json-file.ts';
import type { PairFinder } from './pair-finder.ts';

const time = z.iso.datetime({ offset: true }).optional();
const annotation = z.looseObject({
  completed_by: z.union([z.number(), z.string(), z.looseObject({ email: z.string() })]).optional(),
  was_cancelled: z.boolean().optional(),
  created_at: time,
  updated_at: time,
  result: z.array(labelStudioResult),
});
const task = z.looseObject({
  data: z.looseObject({ prompt: z.string(), response_a: z.string(), response_b: z.string() }),
  annotations: z.array(annotation),
});

type Annotation = z.output<typeof annotation>;
type Place = { readonly line: number; readonly pairId: number };

/**
 * Reads Label Studio's JSON export (labelstud.io/guide/export, "JSON"): a list of tasks with `data.prompt`,
 * `data.response_a`, `data.response_b` and `annotations[].result[]`; `labelStudioOpinion` says which results count. The
 * reviewer is `completed_by`; of one reviewer's annotations of a pair the one updated last counts. Cancelled
 * annotations are left out.
 */
export function opinionsOfLabelStudio(json: string, finder: PairFinder): ReadOpinions {
  const tasks = z.array(z.unknown()).safeParse(jsonValue(json));
  if (!tasks.success) return { opinions: [], problems: [{ line: 1, message: 'the file is no JSON list of tasks' }] };
  const statements: Statement[] = [];
  const problems: OpinionProblem[] = [];
  for (const [index, value] of tasks.data.entries()) {
    const line = index + 1;
    const parsed = task.safeParse(value);
    if (!parsed.success) {
      problems.push({
        line,
        message: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      });
      continue;
    }
    const { data, annotations } = parsed.data;
    const pairId = finder.byTexts(data.prompt, data.response_a, data.response_b);
    if (pairId === null)
      problems.push({
        line,
        message: 'no pair of this project has this prompt and these responses; import the dataset first',
      });
    else
      for (const [place, each] of annotations.entries())
        if (each.was_cancelled !== true)
          readAnnotation(each, `annotations.${place}`, { line, pairId }, statements, problems);
  }
  const latest = latestStatements(statements);
  return { opinions: latest.opinions, problems: [...problems, ...latest.problems] };
}

function readAnnotation(
  given: Annotation,
  path: string,
  at: Place,
  statements: Statement[],
  problems: OpinionProblem[],
): void {
  const reviewer = reviewerOf(given);
  if (reviewer === '') return void problems.push({ line: at.line, message: `${path} has no completed_by` });
  const when = given.updated_at ?? given.created_at;
  const time = when === undefined ? null : new Date(when).toISOString();
  const opinions: FileOpinion[] = [];
  let understood = given.result.length === 0;
  for (const [place, each] of given.result.entries()) {
    const read = labelStudioOpinion(each);
    if (read === null) continue;
    understood = true;
    if (typeof read === 'string') problems.push({ line: at.line, message: `${path}.result.${place}: ${read}` });
    else if (opinions.some(({ target, value }) => target === read.target && value !== read.value))
      problems.push({
        line: at.line,
        message: `${path}.result.${place}: ${each.from_name} has two different answers; keep one`,
      });
    else opinions.push({ ...at, reviewer, ...read, at: time, reason: '' });
  }
  if (!understood)
    problems.push({
      line: at.line,
      message:
        `${path}.result: no result is named ${labelStudioQuestions.join(', ')}; found ` +
        `${[...new Set(given.result.map(({ from_name: name }) => name))].slice(0, 5).join(', ')}`,
    });
  statements.push({ line: at.line, reviewer, subject: String(at.pairId), at: time, opinions });
}

function reviewerOf({ completed_by: by }: Annotation): string {
  if (typeof by === 'object') return by.email;
  return typeof by === 'number' ? `annotator ${by}` : (by ?? '');
}
