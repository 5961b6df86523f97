import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { hasColumns } from './sample.ts';

/**
 * Columns of HelpSteer3 and of HelpSteer2's preferences: two responses, and how much better the second one is, -3 to 3.
 */
const releases = [
  ['response1', 'response2', 'overall_preference'],
  ['response_1', 'response_2', 'preference_strength'],
] as const;

/** HelpSteer preferences: negative means the first response, positive the second, 0 a tie. No safety labels. */
export const helpSteer: DatasetFormat = {
  name: 'helpsteer',
  detect(sample) {
    const [responseA, responseB, preferred] = releases.find((names) => hasColumns(sample, ...names)) ?? [];
    const prompt = promptParts(sample).mapping;
    if (responseA === undefined || responseB === undefined || preferred === undefined || prompt.prompt === undefined)
      return null;
    return {
      reason:
        `HelpSteer: columns ${prompt.prompt}, ${responseA}, ${responseB}, ${preferred} (negative: the first ` +
        'is better, positive: the second, 0: a tie); no safety columns, so every pair waits for verdicts',
      mapping: { ...prompt, responseA, responseB, preferred },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
