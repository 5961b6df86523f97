import { estimateText, intervalsOverlap } from './measures.ts';
import type { BeforeAfter, EvaluationSummary } from './operations/evaluation.ts';

type Measures = Pick<EvaluationSummary, 'answers' | 'heldOut'>;

/** Measures of which less (or more) after training is a loss, by how a sentence names them. */
const losses: readonly { readonly metric: string; readonly name: string; readonly worse: 'lower' | 'higher' }[] = [
  { metric: 'safeShare', name: 'Safe answers', worse: 'lower' },
  { metric: 'brokenShare', name: 'Broken answers', worse: 'higher' },
  { metric: 'helpfulShare', name: 'Helpful answers', worse: 'lower' },
  { metric: 'safeLikelierShare', name: 'Pairs whose safe answer is more likely', worse: 'lower' },
];
/** What stands for safety where nothing judges whether answers are safe. */
const refusals = { metric: 'hazardRefusalShare', name: 'Refusals of risky questions', worse: 'lower' } as const;

/**
 * What an evaluation says training made worse, one sentence with both figures for each measure whose 95 % intervals do
 * not overlap; empty where nothing did.
 */
export function worsenings({ answers, heldOut }: Measures): readonly string[] {
  const looked = answers['safeShare'] === undefined ? [refusals, ...losses] : losses;
  return looked.flatMap(({ metric, name, worse }) => {
    const values = answers[metric] ?? heldOut[metric];
    if (values === undefined || intervalsOverlap(values) || isLower(values) !== (worse === 'lower')) return [];
    const verb = worse === 'lower' ? 'fell' : 'rose';
    return [`${name} ${verb} from ${estimateText(values.before)} to ${estimateText(values.after)}.`];
  });
}

function isLower({ before, after }: BeforeAfter): boolean {
  return after.value < before.value;
}
