import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { renderedForm } from './rendered.ts';
import { safetyColumns } from './safety-columns.ts';
import { firstColumn, hasColumns, mostRows } from './sample.ts';

/** Columns of the preferred and the other response; the second pair is Argilla's and Axolotl's. */
const responses = [
  ['chosen', 'rejected'],
  ['chosen_response', 'rejected_response'],
] as const;

/**
 * TRL preference data: `chosen` and `rejected` as texts or message lists, with `prompt` (explicit) or without
 * (implicit: the prompt is what both conversations share). UltraFeedback-binarized, Orca pairs (`system`, `question`),
 * LLaMA-Factory's Alpaca form and Axolotl's forms are of this kind.
 */
export const trl: DatasetFormat = {
  name: 'trl',
  detect(sample) {
    const [chosen, rejected] = responses.find((names) => hasColumns(sample, ...names)) ?? [];
    if (chosen === undefined || rejected === undefined) return null;
    const prompt = promptParts(sample);
    const isConversation = (value: unknown): boolean =>
      typeof value === 'object'
        ? value !== null
        : typeof value === 'string' && (/^\s*\[\s*\{/.test(value) || renderedForm(value) !== null);
    const isConversational = mostRows(sample, (cell) => isConversation(cell(chosen)));
    if (prompt.mapping.prompt === undefined && !isConversational) return null;
    const safety = safetyColumns(sample);
    const status = firstColumn(sample, ['status']);
    const form = `${prompt.sentence}, ${isConversational ? 'message lists' : 'texts'}`;
    const mapping = {
      ...prompt.mapping,
      chosen,
      rejected,
      ...(status === undefined ? {} : { status }),
      ...safety.mapping,
    };
    return { reason: `TRL preference: columns ${chosen} and ${rejected} (${form}); ${safety.sentence}`, mapping };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
