import { evaluationBounds, type EvaluationNumber } from '../../../preload/contract/evaluation-bounds.ts';
import type { EvaluationLimits, EvaluationSettings } from '../../../preload/contract/operations/evaluation.ts';
import { formatCount } from '../../kit/format.ts';

export interface EvaluationField {
  readonly name: EvaluationNumber;
  readonly label: string;
  readonly unit?: string;
  readonly help: string;
}

/** The numbers an evaluation is asked with. */
export const evaluationFields: readonly EvaluationField[] = [
  {
    name: 'prompts',
    label: 'Prompts answered',
    help:
      'Both models answer these. More prompts narrow the interval but take longer; with 0, only held-out pairs ' +
      'are measured.',
  },
  {
    name: 'maxNewTokens',
    label: 'Longest answer',
    unit: 'tokens',
    help: 'An answer that is cut off can look safer than it is.',
  },
  {
    name: 'temperature',
    label: 'Temperature',
    help: '0 always takes the most likely token, so any difference between the models comes from training.',
  },
  {
    name: 'seed',
    label: 'Seed',
    help: 'Both models use the same random numbers.',
  },
];

/** The fields as they stand in the form: an emptied one is `null`. */
export type EnteredSettings = { readonly [name in EvaluationNumber]: number | null };

/** What is wrong with a value, in words; `null` where it is fine. */
export function fieldError(
  field: EvaluationField,
  entered: EnteredSettings,
  limits: EvaluationLimits | null,
): string | null {
  const value = entered[field.name];
  const { min, max, whole } = evaluationBounds[field.name];
  const bounds = `between ${formatCount(min)} and ${formatCount(max)}`;
  if (value === null || !Number.isFinite(value)) return `Enter a number ${bounds}.`;
  if (whole && !Number.isInteger(value)) return `Enter a whole number ${bounds}.`;
  if (value < min || value > max) return `Enter a number ${bounds}; ${value} is outside.`;
  if (field.name === 'maxNewTokens' && limits !== null && value >= limits.contextTokens)
    return (
      `The model sees ${formatCount(limits.contextTokens)} tokens at once, prompt and answer together; choose ` +
      'fewer.'
    );
  return null;
}

/** What a person should know of a value that is allowed; `null` where there is nothing to say. */
export function fieldRemark(
  field: EvaluationField,
  entered: EnteredSettings,
  limits: EvaluationLimits | null,
  fromFile: boolean,
): string | null {
  const value = entered[field.name];
  if (field.name !== 'prompts' || value === null) return null;
  if (value === 0) return 'No answers will be generated, so their safety and helpfulness will not be measured.';
  if (limits === null || fromFile || value <= limits.heldOutPrompts) return null;
  return `There are ${formatCount(limits.heldOutPrompts)} held-out prompts; all of them will be answered.`;
}

/** The settings to start with, or `null` while a field is wrong. */
export function settingsOf(entered: EnteredSettings, limits: EvaluationLimits | null): EvaluationSettings | null {
  const { prompts, maxNewTokens, temperature, seed } = entered;
  if (evaluationFields.some((field) => fieldError(field, entered, limits) !== null)) return null;
  if (prompts === null || maxNewTokens === null || temperature === null || seed === null) return null;
  return { pairs: null, prompts, maxNewTokens, temperature, seed };
}
