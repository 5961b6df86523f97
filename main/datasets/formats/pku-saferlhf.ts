import type { Mapping } from './fields.ts';
import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { firstColumn, hasColumns, type Sample } from './sample.ts';

/** The two responses are numbered from 0 in PKU-SafeRLHF, from 1 in SafeRLHF-V and BeaverTails-V. */
const numberings = [
  [0, 1],
  [1, 2],
] as const;

function columnsOf(sample: Sample, [first, second]: (typeof numberings)[number]): Mapping | null {
  const preferred = firstColumn(sample, ['better_response_id', 'more_helpful_response_id']);
  if (preferred === undefined || !hasColumns(sample, `response_${first}`, `response_${second}`)) return null;
  const optional: Mapping = {
    safeA: `is_response_${first}_safe`,
    safeB: `is_response_${second}_safe`,
    safer: 'safer_response_id',
    categoriesA: `response_${first}_harm_category`,
    categoriesB: `response_${second}_harm_category`,
    severityA: `response_${first}_severity_level`,
    severityB: `response_${second}_severity_level`,
    sha256A: `response_${first}_sha256`,
    sha256B: `response_${second}_sha256`,
  };
  const present = Object.entries(optional).filter(([, column]) => hasColumns(sample, column));
  return { responseA: `response_${first}`, responseB: `response_${second}`, preferred, ...Object.fromEntries(present) };
}

/**
 * PKU-SafeRLHF: the seven columns of 10K and 30K, and the 2024 release with harm categories (an object of booleans),
 * severity 0 to 3 and a SHA-256 of prompt + response; also the sets that number the responses from 1. The
 * single-dimension release has no safety columns: its pairs wait.
 */
export const pkuSafeRlhf: DatasetFormat = {
  name: 'pku-saferlhf',
  detect(sample) {
    const columns = numberings.map((numbering) => columnsOf(sample, numbering)).find((found) => found !== null);
    const prompt = promptParts(sample).mapping;
    if (columns === undefined || prompt.prompt === undefined) return null;
    const release =
      columns.severityA !== undefined || columns.categoriesA !== undefined ? '2024 release' : 'columns of 10K and 30K';
    const verdicts =
      columns.safeA === undefined || columns.safeB === undefined
        ? '; it has no columns with a verdict for each response, so every pair waits for verdicts'
        : '';
    return {
      reason:
        `PKU-SafeRLHF (${release}): columns ${prompt.prompt}, ${columns.responseA}, ${columns.responseB}, ` +
        `${columns.preferred}${verdicts}`,
      mapping: { ...prompt, ...columns },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};
