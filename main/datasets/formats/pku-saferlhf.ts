import type { Mapping, MappingField } from './fields.ts';
import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { hasColumns } from './sample.ts';

const optional = {
  safeA: 'is_response_0_safe', safeB: 'is_response_1_safe', safer: 'safer_response_id',
  categoriesA: 'response_0_harm_category', categoriesB: 'response_1_harm_category',
  severityA: 'response_0_severity_level', severityB: 'response_1_severity_level',
  sha256A: 'response_0_sha256', sha256B: 'response_1_sha256',
} as const satisfies { [field in MappingField]?: string };

/**
 * PKU-SafeRLHF: the seven columns of 10K and 30K, and the 2024 release with harm categories (an object of booleans),
 * severity 0 to 3 and a SHA-256 of prompt + response. The single-dimension release has no safety columns: its pairs wait.
 */
export const pkuSafeRlhf: DatasetFormat = {
  name: 'pku-saferlhf',
  detect(sample) {
    if (!hasColumns(sample, 'prompt', 'response_0', 'response_1', 'better_response_id')) return null;
    const present = Object.entries(optional).filter(([, column]) => hasColumns(sample, column));
    const mapping: Mapping = { prompt: 'prompt', responseA: 'response_0', responseB: 'response_1', preferred: 'better_response_id', ...Object.fromEntries(present) };
    const release = mapping.severityA !== undefined || mapping.categoriesA !== undefined ? '2024 release' : 'columns of 10K and 30K';
    const verdicts = mapping.safeA === undefined || mapping.safeB === undefined ? '; it has no is_response_k_safe columns, so every pair waits for verdicts' : '';
    return { reason: `PKU-SafeRLHF (${release}): columns prompt, response_0, response_1, better_response_id${verdicts}`, mapping };
  },
  parse: (rows, mapping) => parseEachRow(rows, mappedRow(mapping)),
};
