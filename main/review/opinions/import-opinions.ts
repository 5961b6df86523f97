import { badInput, type JsonValue } from '../../../native-models/failure.ts';
import { chainWriter } from '../../labels/chain.ts';
import { editLabels, type LabelEdit } from '../../labels/edit.ts';
import { type PairState, stateStore } from '../../labels/state.ts';
import { canonicalJson, sha256 } from '../../library/canonical-json.ts';
import type { Library } from '../../library/library.ts';
import { opinionEdit } from './conflicts.ts';
import { type OpinionTarget, type OpinionValue, readOpinions } from './opinions.ts';
import { transactReview } from '../../labels/revision.ts';
import type { ImportedOpinions } from '../../../preload/contract/review-views.ts';

export type { ImportedOpinions } from '../../../preload/contract/review-views.ts';

/** An opinion as a file gives it, with its line or record number. */
export interface FileOpinion {
  readonly line: number;
  readonly pairId: number;
  readonly reviewer: string;
  readonly target: OpinionTarget;
  readonly value: OpinionValue;
  /** ISO 8601; `null` where the file does not say. */
  readonly at: string | null;
  readonly reason: string;
}

/** A line of a file that gives no opinion about a pair of the project. */
export interface OpinionProblem {
  readonly line: number;
  readonly message: string;
}

export interface ReadOpinions {
  readonly opinions: readonly FileOpinion[];
  readonly problems: readonly OpinionProblem[];
}

const problemsShown = 20;

/**
 * Takes a file's opinions as those of its reviewers: labels that somebody gave already stay as they are, and where an
 * opinion differs it joins the conflict queue. A label nobody gave is filled where all who spoke of it agree, here or
 * in earlier files, and stays open where they differ. An opinion older than what the same reviewer said in an earlier
 * file changes nothing. The log gets an event with the file's hash. All of the file is taken, or nothing.
 * @throws Failure `opinions-not-imported`: the first 20 problems with their lines
 */
export function importOpinions(
  library: Library,
  projectId: number,
  file: string,
  { opinions, problems }: ReadOpinions,
): ImportedOpinions {
  if (problems.length > 0) throw notImported(problems);
  const at = new Date().toISOString();
  return transactReview(library, projectId, () => {
    const reviewers = [...new Set(opinions.map(({ reviewer }) => reviewer))].sort();
    const said = { file: sha256(file).toString('hex'), opinions: opinions.length, reviewers };
    const { seq } = chainWriter(library).append({
      group: said.file,
      kind: 'import',
      target: null,
      projectId,
      datasetId: null,
      at,
      reviewer: '',
      pair: null,
      side: null,
      field: 'dataset',
      old: 'null',
      new: canonicalJson(said),
      reason: 'opinions of reviewers',
      origin: null,
    });
    store(library, projectId, opinions, seq, at);
    return { opinions: opinions.length, reviewers, ...fillLabels(library, projectId, opinions) };
  });
}

function store({ db }: Library, projectId: number, opinions: readonly FileOpinion[], seq: number, now: string): void {
  const insert =
    db.prepare(`INSERT INTO opinions (pair_id, project_id, reviewer, target, value, at, reason, seq) VALUES (?, ?, ?,
      ?, ?, ?, ?, ?)
    ON CONFLICT (pair_id, reviewer, target) DO UPDATE
    SET value = excluded.value, at = excluded.at, reason = excluded.reason, seq = excluded.seq
    WHERE excluded.at >= opinions.at`);
  for (const { pairId, reviewer, target, value, at, reason } of opinions)
    insert.run(pairId, projectId, reviewer, target, value, at ?? now, reason, seq);
}

/** Fills labels where everybody agrees; counts those where somebody differs from somebody else or from the label. */
function fillLabels(
  library: Library,
  projectId: number,
  given: readonly FileOpinion[],
): { filled: number; conflicting: number } {
  const states = stateStore(library);
  const touched = new Set(given.map(({ pairId, target }) => `${pairId} ${target}`));
  const opinions = readOpinions(library, projectId, [...new Set(given.map(({ pairId }) => pairId))]).filter(
    ({ pairId, target }) => touched.has(`${pairId} ${target}`),
  );
  const filling = new Map<string, LabelEdit[]>();
  let conflicting = 0;
  for (const said of Map.groupBy(opinions, (opinion) => `${opinion.pairId} ${opinion.target}`).values()) {
    const [first] = said;
    const state = first === undefined ? null : states.read(first.pairId);
    if (first === undefined || state === null) continue;
    const { pairId, target, reviewer, value } = first;
    const now = valueNow(state, target);
    const agreed = said.every((other) => other.value === value);
    conflicting += Number(!agreed || (now !== null && now !== value));
    if (now !== null || !agreed) continue;
    const edits = filling.get(reviewer) ?? [];
    edits.push(opinionEdit(pairId, target, value));
    filling.set(reviewer, edits);
  }
  const filled = [...filling].reduce(
    (events, [reviewer, edits]) =>
      events + editLabels(library, projectId, { reviewer, reason: 'from a labels file' }, edits).events,
    0,
  );
  return { filled, conflicting };
}

function valueNow(state: PairState, target: OpinionTarget): OpinionValue | null {
  if (target === 'preference') return state.preferred;
  const { unsafe } = state[target === 'verdict a' ? 'a' : 'b'];
  return unsafe === null ? null : unsafe ? 'unsafe' : 'safe';
}

function notImported(problems: readonly OpinionProblem[]): Error {
  const shown = problems.slice(0, problemsShown);
  const more = problems.length > shown.length ? `\nand ${problems.length - shown.length} more` : '';
  const details: JsonValue = shown.map(({ line, message }) => ({ line, message }));
  return badInput(
    'opinions-not-imported',
    `The file has ${problems.length} problems, so nothing was ` +
      `taken.\n${shown.map(({ line, message }) => `record ${line}: ${message}`).join('\n')}${more}`,
    { problems: problems.length, issues: details },
  );
}
