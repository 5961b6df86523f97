import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { safetyColumns } from './safety-columns.ts';
import { hasColumns } from './sample.ts';

/**
 * ShareGPT preference form of LLaMA-Factory: `conversations` of {from, value}, then `chosen` and `rejected` as one such
 * message each; `system` where the conversation has none.
 */
export const shareGpt: DatasetFormat = {
  name: 'sharegpt',
  detect(sample) {
    if (!hasColumns(sample, 'conversations', 'chosen', 'rejected')) return null;
    const safety = safetyColumns(sample);
    return {
      reason: `ShareGPT preference: columns conversations, chosen, rejected; ${safety.sentence}`,
      mapping: {
        ...promptParts(sample).mapping,
        prompt: 'conversations',
        chosen: 'chosen',
        rejected: 'rejected',
        ...safety.mapping,
      },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
