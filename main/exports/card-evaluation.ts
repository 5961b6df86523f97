import { measuredWith } from '../../preload/contract/measured-with.ts';
import { estimateText, inMeasureOrder, measureTitle } from '../../preload/contract/measures.ts';
import type { EvaluationSummary } from '../../preload/contract/operations/evaluation.ts';
import { worsenings } from '../../preload/contract/worsening.ts';
import { table } from './card-table.ts';

/** What an export says of its evaluation: when, how, and each figure with its 95 % interval. */
export type CertifiedEvaluation = Pick<
  EvaluationSummary,
  'createdAt' | 'step' | 'settings' | 'promptsFrom' | 'judge' | 'ownVerdicts' | 'heldOut' | 'answers'
>;

/** Of the newest evaluation of a checkpoint, what is certified; `null` where there is none. */
export function certifiedEvaluation(evaluation: EvaluationSummary | null): CertifiedEvaluation | null {
  if (evaluation === null) return null;
  const { createdAt, step, settings, promptsFrom, judge, ownVerdicts, heldOut, answers } = evaluation;
  return { createdAt, step, settings, promptsFrom, judge, ownVerdicts, heldOut, answers };
}

/** The part of a model card about the evaluation of the exported checkpoint, whatever it found. */
export function evaluationSection(evaluation: CertifiedEvaluation | null): string {
  if (evaluation === null) return 'The exported checkpoint was not evaluated before this export.';
  const { answers, heldOut, judge, ownVerdicts, createdAt } = evaluation;
  const measured = { ...heldOut, ...answers };
  const rows = inMeasureOrder(Object.keys(measured)).flatMap((metric) => {
    const values = measured[metric];
    return values === undefined
      ? []
      : [[measureTitle(metric), estimateText(values.before), estimateText(values.after)]];
  });
  const judged = `Answers judged by: ${judge ?? 'nobody'}${ownVerdicts === 0 ? '' : `, ${ownVerdicts} by people`}.`;
  const worse = worsenings(evaluation);
  return [
    `Newest evaluation (${measuredWith(evaluation)}; ${createdAt}). ${judged}`,
    ...(rows.length === 0 ? [] : [table(['95 % interval in brackets', 'before', 'after'], rows)]),
    ...(worse.length === 0 ? [] : [`**Training made this model worse. ${worse.join(' ')}**`]),
  ].join('\n\n');
}
