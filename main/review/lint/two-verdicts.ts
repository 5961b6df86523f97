import type { Library } from '../../library/library.ts';
import { SameResponses } from './same-responses.ts';

interface JudgedRow {
  readonly pairId: number;
  readonly promptHash: Buffer;
  readonly response_a: string;
  readonly response_b: string;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
}

/**
 * How many pairs of a project hold a response that another pair, with the same prompt, gives the opposite verdict: one
 * of the two is wrong, and training learns both. Reads every pair.
 */
export function pairsWithTwoVerdicts({ db }: Library, projectId: number): number {
  const same = new SameResponses();
  const rows = db
    .prepare<[number], JudgedRow>(
      `SELECT id AS pairId, pairs.prompt_hash AS promptHash, response_a, response_b, labels.unsafe_a, labels.unsafe_b
        FROM active_labels AS labels JOIN pairs ON id = pair_id WHERE labels.project_id = ? ORDER BY pair_id`,
    )
    .iterate(projectId);
  for (const { pairId, promptHash, response_a, response_b, unsafe_a, unsafe_b } of rows) {
    if (unsafe_a !== null) same.add({ pairId, side: 'a', unsafe: unsafe_a === 1 }, promptHash, response_a);
    if (unsafe_b !== null) same.add({ pairId, side: 'b', unsafe: unsafe_b === 1 }, promptHash, response_b);
  }
  return new Set(same.findings().map((finding) => finding.pairId)).size;
}
