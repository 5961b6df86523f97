import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { hasColumns } from './sample.ts';

/** stack-exchange-paired: `question`, `response_j` (more votes), `response_k`. No safety labels. */
export const stackExchange: DatasetFormat = {
  name: 'stack-exchange',
  detect(sample) {
    if (!hasColumns(sample, 'question', 'response_j', 'response_k')) return null;
    return {
      reason:
        'stack-exchange-paired: columns question, response_j (preferred), response_k; no safety columns, so ' +
        'every pair waits for verdicts',
      mapping: { ...promptParts(sample).mapping, prompt: 'question', chosen: 'response_j', rejected: 'response_k' },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
