import type { ClashingRow } from '../../../preload/contract/operations/datasets.ts';
import type { Preferred, Side } from '../../../preload/contract/pairs.ts';
import type { Library } from '../../library/library.ts';

interface StoredClash {
  readonly id: number;
  readonly row: number;
  readonly pairId: number;
  readonly prompt: string;
  readonly saidPreferred: Preferred;
  readonly saidSafer: Side | null;
  readonly saidUnsafeA: number | null;
  readonly saidUnsafeB: number | null;
  readonly keptPreferred: Preferred;
  readonly keptSafer: Side | null;
  readonly keptUnsafeA: number | null;
  readonly keptUnsafeB: number | null;
}

/**
 * Rows left out of a dataset that contradict the pair kept, in the order of the import, at most `limit` after the one
 * with id `after`.
 */
export function clashingRows(
  { db }: Library,
  datasetId: number,
  after = 0,
  limit = 1000,
): (ClashingRow & { readonly id: number })[] {
  const stored = db.prepare<[number, number, number], StoredClash>(`
    SELECT clash.id, clash.row, pair_id AS pairId, substr(json_extract(prompt, '$[#-1].content'), 1, 200) AS prompt,
      clash.preferred AS saidPreferred, clash.safer AS saidSafer,
      clash.unsafe_a AS saidUnsafeA, clash.unsafe_b AS saidUnsafeB,
      pairs.preferred AS keptPreferred, pairs.safer AS keptSafer,
      pairs.unsafe_a AS keptUnsafeA, pairs.unsafe_b AS keptUnsafeB
    FROM clashing_rows AS clash JOIN pairs ON pairs.id = pair_id
    WHERE clash.dataset_id = ? AND clash.id > ? ORDER BY clash.id LIMIT ?`);
  return stored.all(datasetId, after, limit).map(({ id, row, pairId, prompt, ...labels }) => ({
    id,
    row,
    pairId,
    prompt,
    said: {
      preferred: labels.saidPreferred,
      safer: labels.saidSafer,
      unsafe: { a: verdict(labels.saidUnsafeA), b: verdict(labels.saidUnsafeB) },
    },
    kept: {
      preferred: labels.keptPreferred,
      safer: labels.keptSafer,
      unsafe: { a: verdict(labels.keptUnsafeA), b: verdict(labels.keptUnsafeB) },
    },
  }));
}

function verdict(flag: number | null): boolean | null {
  return flag === null ? null : flag === 1;
}
