import type { Message, Preferred, Side, TrainingPair } from '../../preload/contract/pairs.ts';
import type { Library } from '../library/library.ts';
import { chosenSide } from './objective-data.ts';
import { otherSide } from '../../preload/contract/transform-pair.ts';
import type { ObjectiveName } from '../../native-models/vocabulary/objectives.ts';

/**
 * A pair as an objective trains on it. The verdicts are `null` where nobody has given one; SafeDPO never takes such a
 * pair.
 */
export interface ObjectivePair extends Omit<TrainingPair, 'chosenUnsafe' | 'rejectedUnsafe'> {
  readonly chosenUnsafe: boolean | null;
  readonly rejectedUnsafe: boolean | null;
}

/** A pair that an objective takes, before its texts are read. */
export interface PairChoice {
  readonly pairId: number;
  readonly chosen: Side;
  readonly heldOut: boolean;
  /** Its dataset's weight. */
  readonly weight: number;
  readonly chosenUnsafe: boolean | null;
  readonly rejectedUnsafe: boolean | null;
}

interface JudgementRow {
  readonly pair_id: number;
  readonly held_out: number;
  readonly weight: number;
  readonly preferred: Preferred;
  readonly safer: Side | null;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
}

const judgements = `SELECT pair_id, held_out, weight, preferred, safer, unsafe_a, unsafe_b FROM pair_labels
  JOIN datasets ON datasets.id = dataset_id
  WHERE pair_labels.project_id = ? AND state = 'ready' AND trashed_at IS NULL`;

/** The pairs of a project that `objective` takes, in the order of their ids, training and held-out; no text is read. */
export function* choosePairs({ db }: Library, projectId: number, objective: ObjectiveName): Generator<PairChoice> {
  yield* choices(db.prepare<[number], JudgementRow>(`${judgements} ORDER BY pair_id`).iterate(projectId), objective);
}

/** Those of the named pairs that `objective` takes, in the order of their ids. */
export function chooseAmong(
  { db }: Library,
  projectId: number,
  objective: ObjectiveName,
  pairIds: readonly number[],
): PairChoice[] {
  const rows = db.prepare<[number, string], JudgementRow>(
    `${judgements} AND pair_id IN (SELECT value FROM json_each(?)) ORDER BY pair_id`,
  );
  return [...choices(rows.iterate(projectId, JSON.stringify(pairIds)), objective)];
}

function* choices(rows: Iterable<JudgementRow>, objective: ObjectiveName): Generator<PairChoice> {
  for (const row of rows) {
    const unsafe = { a: verdict(row.unsafe_a), b: verdict(row.unsafe_b) };
    const chosen = chosenSide(objective, { preferred: row.preferred, safer: row.safer, unsafe });
    if (chosen === null) continue;
    const rejected = otherSide(chosen);
    yield {
      pairId: row.pair_id,
      chosen,
      heldOut: row.held_out === 1,
      weight: row.weight,
      chosenUnsafe: unsafe[chosen],
      rejectedUnsafe: unsafe[rejected],
    };
  }
}

interface TextRow {
  readonly dataset_id: number;
  readonly row: number;
  readonly prompt: string;
  readonly response_a: string;
  readonly response_b: string;
}

/** Reads the texts of chosen pairs, one at a time. */
export function pairReader({ db }: Library): (choice: PairChoice) => ObjectivePair {
  const select = db.prepare<[number], TextRow>(
    'SELECT dataset_id, row, prompt, response_a, response_b FROM pairs WHERE id = ?',
  );
  return ({ pairId, chosen, chosenUnsafe, rejectedUnsafe }) => {
    const text = select.get(pairId);
    if (text === undefined) throw new RangeError(`pair ${pairId} does not exist`);
    const prompt: readonly Message[] = JSON.parse(text.prompt);
    const responses = { a: text.response_a, b: text.response_b };
    return {
      prompt,
      chosen: responses[chosen],
      rejected: responses[otherSide(chosen)],
      chosenUnsafe,
      rejectedUnsafe,
      source: { dataset: text.dataset_id, row: text.row, pair: pairId },
    };
  };
}

function verdict(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}
