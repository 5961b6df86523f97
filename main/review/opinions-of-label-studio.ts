import { z } from 'zod';
import type { FileOpinion, OpinionProblem, ReadOpinions } from './import-opinions.ts';
import type { OpinionTarget } from './opinions.ts';
import { opinionValue, parseJson } from './opinions-of-argilla.ts';
import type { PairFinder } from './pair-finder.ts';

const result = z.looseObject({ from_name: z.string(), type: z.string(), value: z.looseObject({ choices: z.array(z.string()).optional() }) });
const annotation = z.looseObject({
  completed_by: z.union([z.number(), z.string(), z.looseObject({ email: z.string() })]).optional(),
  was_cancelled: z.boolean().optional(), updated_at: z.iso.datetime({ offset: true }).optional(), result: z.array(result),
});
const task = z.looseObject({ data: z.looseObject({ prompt: z.string(), response_a: z.string(), response_b: z.string() }), annotations: z.array(annotation) });

const targets: ReadonlyMap<string, OpinionTarget> = new Map([['verdict_a', 'verdict a'], ['verdict_b', 'verdict b'], ['preferred', 'preference']]);

/**
 * Reads Label Studio's JSON export (labelstud.io/guide/export, "JSON"): a list of tasks with `data.prompt`,
 * `data.response_a`, `data.response_b` and `annotations[].result[]`. Results of type `choices` count whose `from_name` is
 * `verdict_a`, `verdict_b` (safe, unsafe) or `preferred` (a, b, tie); the reviewer is `completed_by`. Cancelled
 * annotations are left out.
 */
export function opinionsOfLabelStudio(json: string, finder: PairFinder): ReadOpinions {
  const tasks = z.array(z.unknown()).safeParse(parseJson(json));
  if (!tasks.success) return { opinions: [], problems: [{ line: 1, message: 'the file is no JSON list of tasks' }] };
  const opinions: FileOpinion[] = [];
  const problems: OpinionProblem[] = [];
  for (const [index, value] of tasks.data.entries()) {
    const line = index + 1;
    const parsed = task.safeParse(value);
    if (!parsed.success) {
      problems.push({ line, message: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') });
      continue;
    }
    const { data, annotations } = parsed.data;
    const pairId = finder.byTexts(data.prompt, data.response_a, data.response_b);
    if (pairId === null) problems.push({ line, message: 'no pair of this project has this prompt and these responses; import the dataset first' });
    else for (const each of annotations) if (each.was_cancelled !== true) readAnnotation(each, { line, pairId }, opinions, problems);
  }
  return { opinions, problems };
}

function readAnnotation(given: z.output<typeof annotation>, at: { readonly line: number; readonly pairId: number }, opinions: FileOpinion[], problems: OpinionProblem[]): void {
  const { completed_by: by } = given;
  const reviewer = typeof by === 'object' ? by.email : by === undefined ? '' : typeof by === 'number' ? `annotator ${by}` : by;
  if (reviewer === '') return void problems.push({ line: at.line, message: 'an annotation has no completed_by' });
  for (const { from_name: name, type, value } of given.result) {
    const target = targets.get(name);
    if (target === undefined || type !== 'choices') continue;
    const [choice = ''] = value.choices ?? [];
    const opinion = opinionValue(target, choice);
    if (opinion === null) problems.push({ line: at.line, message: `${name}: ${JSON.stringify(choice)} is not ${target === 'preference' ? 'a, b or tie' : 'safe or unsafe'}` });
    else opinions.push({ ...at, reviewer, target, value: opinion, at: given.updated_at === undefined ? null : new Date(given.updated_at).toISOString(), reason: '' });
  }
}
