import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { safetyColumns } from './safety-columns.ts';
import { firstColumn, hasColumns, mostRows } from './sample.ts';

/**
 * TRL preference data: `chosen` and `rejected` as texts or message lists, with `prompt` (explicit) or without
 * (implicit: the prompt is what both conversations share). UltraFeedback-binarized and Orca pairs (`system`, `question`)
 * are of this form.
 */
export const trl: DatasetFormat = {
  name: 'trl',
  detect(sample) {
    if (!hasColumns(sample, 'chosen', 'rejected')) return null;
    const prompt = firstColumn(sample, ['prompt', 'question', 'instruction', 'input']);
    const isConversational = mostRows(sample, (cell) => typeof cell('chosen') === 'object');
    if (prompt === undefined && !isConversational) return null;
    const safety = safetyColumns(sample);
    const system = firstColumn(sample, ['system']);
    const form = `${prompt === undefined ? 'implicit prompt' : `prompt from ${prompt}`}, ${isConversational ? 'message lists' : 'texts'}`;
    const mapping = { ...(prompt === undefined ? {} : { prompt }), ...(system === undefined ? {} : { system }), chosen: 'chosen', rejected: 'rejected', ...safety.mapping };
    return { reason: `TRL preference: columns chosen and rejected (${form}); ${safety.sentence}`, mapping };
  },
  parse: (rows, mapping) => parseEachRow(rows, mappedRow(mapping)),
};
