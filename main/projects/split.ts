import type { Library } from '../library/library.ts';
import { sha256 } from '../library/canonical-json.ts';
import { transact } from '../library/transact.ts';
import { getProject } from './projects.ts';

/** Which share of the prompts is kept back for evaluation, and the seed that draws them. */
export interface Split {
  /** 0 to 0.5. */
  readonly heldOutShare: number;
  readonly seed: number;
}

/** A project's split, with what it comes to. */
export interface SplitCounts extends Split {
  readonly trainPairs: number;
  readonly heldOutPairs: number;
}

/** Changes the split and draws it anew; runs that were frozen before keep what they have. */
export function setSplit(library: Library, projectId: number, split: Split): SplitCounts {
  return transact(library, () => {
    library.db
      .prepare('UPDATE projects SET held_out_share = ?, split_seed = ? WHERE id = ?')
      .run(split.heldOutShare, split.seed, projectId);
    drawSplit(library, projectId);
    return getSplit(library, projectId);
  });
}

/** How a project's pairs are split. @throws Failure `unknown-project` */
export function readSplit(library: Library, projectId: number): Split {
  const { id } = getProject(library, projectId);
  const split = library.db
    .prepare<[number], Split>('SELECT held_out_share AS heldOutShare, split_seed AS seed FROM projects WHERE id = ?')
    .get(id);
  if (split === undefined) throw new RangeError(`project ${projectId} does not exist`);
  return split;
}

/** The split of a project, with what it comes to; a pass over the labels. */
export function getSplit(library: Library, projectId: number): SplitCounts {
  const counts = library.db
    .prepare<[number], Omit<SplitCounts, keyof Split>>(
      'SELECT count(*) - total(held_out) AS trainPairs, total(held_out) AS heldOutPairs FROM active_labels ' +
        'WHERE project_id = ?',
    )
    .get(projectId);
  if (counts === undefined) throw new Error('an aggregate without GROUP BY gives one row');
  return { ...readSplit(library, projectId), ...counts };
}

/**
 * Decides for every pair of a project whether it is held out. The prompt alone decides, so that no prompt is on
 * both sides: a prompt that a source marks as held-out anywhere is held out, one that it marks as training is
 * not, and for all others a hash of seed and prompt draws.
 */
export function drawSplit({ db }: Library, projectId: number): void {
  db.function('held_out_draw', { deterministic: true }, (promptHash: string, seed: number, share: number) =>
    Number(drawsHeldOut(promptHash, seed, share)),
  );
  db.prepare<{ project: number }>(
    `
    WITH
      pinned AS (SELECT prompt_hash, max(split = 'held-out') AS held_out FROM pair_labels WHERE project_id = :project
        AND split IS NOT NULL GROUP BY prompt_hash),
      drawn AS (
        SELECT pair_labels.pair_id, coalesce(pinned.held_out, held_out_draw(lower(hex(pair_labels.prompt_hash)),
          projects.split_seed, projects.held_out_share)) AS held_out
        FROM pair_labels JOIN projects ON projects.id = pair_labels.project_id LEFT JOIN pinned USING (prompt_hash)
        WHERE pair_labels.project_id = :project)
    UPDATE pair_labels SET held_out = drawn.held_out FROM drawn
      WHERE drawn.pair_id = pair_labels.pair_id AND drawn.held_out <> pair_labels.held_out`,
  ).run({ project: projectId });
}

/**
 * Whether a prompt is held out: the first 48 bits of SHA-256 of `seed:prompt hash` (hexadecimal), as a share of 1, lie
 * below `share`.
 */
export function drawsHeldOut(promptHash: string, seed: number, share: number): boolean {
  return seededShare(seed, promptHash) < share;
}

/** A number in [0, 1) that only seed and key decide: the first 48 bits of SHA-256 of `seed:key`. */
export function seededShare(seed: number, key: string): number {
  return sha256(`${seed}:${key}`).readUIntBE(0, 6) / 2 ** 48;
}
