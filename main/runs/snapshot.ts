import { heldOutPairsPath, trainingPairsPath, writePairsSync } from '../../native-models/protocol/run-folder/pairs.ts';
import { mkdirSync } from 'node:fs';
import { badInput } from '../../native-models/failure.ts';
import { chainHead } from '../labels/chain.ts';
import type { Library } from '../library/library.ts';
import { libraryFailure } from '../library/library-failure.ts';
import { transformCounts } from '../transform/counts.ts';
import { pairReader } from '../transform/training-pairs.ts';
import type { ObjectivePair, PairChoice } from '../transform/training-pairs.ts';
import { selectPairs } from './snapshot-selection.ts';
import { type ObjectiveName, factsOf } from '../../native-models/vocabulary/objectives.ts';
import type { TransformCounts } from '../../preload/contract/transform-pair.ts';

export interface SnapshotOptions {
  /** At most so many training pairs, drawn by `seed`; `null` takes all. Held-out pairs are never cut. */
  readonly limit: number | null;
  readonly seed: number;
}

/** The frozen result of the transform that a run trains on. */
export interface Snapshot {
  readonly pairs: number;
  readonly heldOutPairs: number;
  /** Of the bytes of `pairs.jsonl` and `heldout.jsonl`, hexadecimal; `null` where nothing is held out. */
  readonly sha256: string;
  readonly heldOutSha256: string | null;
  /** Head of the label log the snapshot was made from. */
  readonly labelsHead: string;
  readonly counts: TransformCounts;
}

/**
 * Writes `pairs.jsonl` and, where pairs are held out, `heldout.jsonl` into `folder`: one training pair a line,
 * in the order of the pairs' ids. The same labels, split and options give the same bytes. No prompt is in both files.
 * @throws Failure `no-safety-labels`, `no-preferences` and `no-safe-unsafe-pair` (SafeDPO only), `no-training-pairs`,
 * `library-disk-full`
 */
export function freezeSnapshot(
  library: Library,
  projectId: number,
  objective: ObjectiveName,
  options: SnapshotOptions,
  folder: string,
): Snapshot {
  // One read transaction: labels, counts and head are those of one moment, whoever writes meanwhile.
  const freeze = library.db.transaction((): Snapshot => {
    const counts = transformCounts(library, projectId);
    const { training, heldOut } = selectPairs(library, projectId, objective, options);
    refuseUseless(library, projectId, objective, training, counts);
    mkdirSync(folder, { recursive: true });
    const read = pairReader(library);
    const sha256 = writePairsSync(trainingPairsPath(folder), readEach(training, read));
    const heldOutSha256 =
      heldOut.length === 0 ? null : writePairsSync(heldOutPairsPath(folder), readEach(heldOut, read));
    return {
      pairs: training.length,
      heldOutPairs: heldOut.length,
      sha256,
      heldOutSha256,
      labelsHead: chainHead(library).hash,
      counts,
    };
  });
  try {
    return freeze.deferred();
  } catch (error) {
    throw libraryFailure(error, folder);
  }
}

function refuseUseless(
  { db }: Library,
  projectId: number,
  objective: ObjectiveName,
  training: readonly PairChoice[],
  counts: TransformCounts,
): void {
  const details = { ...counts };
  const { title, pairs } = factsOf(objective);
  if (pairs === 'transformed') {
    const labelled = db
      .prepare<[number], number>(
        'SELECT count(*) FROM active_labels WHERE project_id = ? AND (unsafe_a IS NOT NULL OR unsafe_b IS NOT NULL)',
      )
      .pluck()
      .get(projectId);
    if (labelled === 0)
      throw badInput(
        'no-safety-labels',
        `None of the ${counts.total} pairs says which responses are safe, so ${title} has nothing to learn ` +
          'from. Import a file with safety columns or label responses in review; a missing label never counts ' +
          'as safe.',
        details,
      );
    const unordered = db
      .prepare<[number], number>(
        'SELECT count(*) FROM active_labels WHERE project_id = ? AND preferred IS NULL AND unsafe_a <> unsafe_b',
      )
      .pluck()
      .get(projectId);
    if (unordered !== undefined && unordered > 0 && training.length === 0)
      throw badInput(
        'no-preferences',
        `${unordered} of the ${counts.total} pairs have one safe and one unsafe response, but nothing says which of ` +
          `the two is more helpful, so they wait and ${title} has nothing to learn from. Import them with a column ` +
          'that says so (mapped to preferred; "tie" is an answer, too), or say it in review.',
        { ...details, unordered },
      );
    if (!training.some(({ chosenUnsafe, rejectedUnsafe }) => chosenUnsafe === false && rejectedUnsafe === true))
      throw badInput(
        'no-safe-unsafe-pair',
        `None of the training pairs has one safe and one unsafe response, so ${title} could not learn what ` +
          `is unsafe (${counts.keptSafeSafe} pairs are safe on both sides, ${counts.dropped} are dropped, ` +
          `${counts.waiting} wait for a label). Label or import such pairs, or train with the objective dpo, ` +
          'which needs no verdicts.',
        details,
      );
  }
  if (training.length === 0)
    throw badInput(
      'no-training-pairs',
      `None of the ${counts.total} pairs can be trained on with the objective ${objective}: the preference ` +
        'or the safety labels it needs are missing, or every pair is held out.',
      { ...details, objective },
    );
}

/** One pair after the other: a snapshot of many is never held whole. */
function* readEach(choices: readonly PairChoice[], read: ReturnType<typeof pairReader>): Generator<ObjectivePair> {
  for (const choice of choices) yield read(choice);
}
