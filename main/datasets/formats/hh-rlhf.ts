import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { safetyColumns } from './safety-columns.ts';
import { hasColumns, mostRows } from './sample.ts';
import { isTranscript } from './transcript.ts';

/**
 * Anthropic hh-rlhf: `chosen` and `rejected` are whole transcripts of `\n\nHuman:` and `\n\nAssistant:` turns; the
 * prompt is what they share up to the last Assistant turn. The set has no safety labels: "harmless-base" is an order,
 * not a verdict.
 */
export const hhRlhf: DatasetFormat = {
  name: 'hh-rlhf',
  detect(sample) {
    const isTranscripts = (value: unknown): boolean => typeof value === 'string' && isTranscript(value);
    if (!hasColumns(sample, 'chosen', 'rejected') || hasColumns(sample, 'prompt')) return null;
    if (!mostRows(sample, (cell) => isTranscripts(cell('chosen')) && isTranscripts(cell('rejected')))) return null;
    const safety = safetyColumns(sample);
    return {
      reason: `HH-RLHF: chosen and rejected are Human/Assistant transcripts; ${safety.sentence}`,
      mapping: { ...promptParts(sample).mapping, chosen: 'chosen', rejected: 'rejected', ...safety.mapping },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
