import { badInput } from '../../../native-models/failure.ts';
import { wilsonInterval } from '../../statistics/interval.ts';
import { chainHead } from '../../labels/chain.ts';
import { newNumber } from '../../library/given-numbers.ts';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';
import { seededShare } from '../../projects/split.ts';
import { filterPairs } from '../index/filter-pairs.ts';
import { parseQuery } from '../index/query-language.ts';
import type { Audit } from '../../../preload/contract/review-views.ts';

export type { Audit } from '../../../preload/contract/review-views.ts';

const stateColumns = 'json_array(unsafe_a, unsafe_b)';

/**
 * Draws `count` of the pairs that pass a query: those with the smallest hash of seed and content, so the same seed
 * draws the same pairs in every library that holds them.
 * @throws Failure `query-invalid`, `nothing-to-audit`
 */
export function drawAudit(library: Library, projectId: number, query: string, count: number, seed: number): Audit {
  const { ids } = filterPairs(library, projectId, parseQuery(query));
  if (ids.length === 0)
    throw badInput(
      'nothing-to-audit',
      `No pair passes the query ${JSON.stringify(query)}, so there is nothing to draw from. Choose another filter.`,
      { query },
    );
  const hashOf = library.db.prepare<[number], string>('SELECT hex(content_hash) FROM pairs WHERE id = ?').pluck();
  const drawn = Array.from(ids, (id) => ({ id, key: seededShare(seed, hashOf.get(id) ?? '') }))
    .sort((left, right) => left.key - right.key)
    .slice(0, count);
  const id = transact(library, () => {
    const number = newNumber(library, 'audit');
    library.db
      .prepare(
        'INSERT INTO audits (id, project_id, query, seed, population, drawn_at, labels_head) VALUES (?, ?, ' +
          '?, ?, ?, ?, ?)',
      )
      .run(number, projectId, query, seed, ids.length, new Date().toISOString(), chainHead(library).hash);
    const insert = library.db.prepare(
      `INSERT INTO audit_pairs (audit_id, place, pair_id, before) SELECT ?, ?, pair_id, ${stateColumns} ` +
        'FROM pair_labels WHERE pair_id = ?',
    );
    for (const [place, pair] of drawn.entries()) insert.run(number, place, pair.id);
    return number;
  });
  return readAudit(library, projectId, id);
}

/** Marks a pair of an audit as looked at; right or wrong follows from its labels. @throws Failure `unknown-audit` */
export function markAudited(library: Library, projectId: number, auditId: number, pairId: number): Audit {
  transact(library, () =>
    library.db
      .prepare('UPDATE audit_pairs SET audited_at = ? WHERE audit_id = ? AND pair_id = ?')
      .run(new Date().toISOString(), auditId, pairId),
  );
  return readAudit(library, projectId, auditId);
}

interface StoredAudit {
  readonly id: number;
  readonly query: string;
  readonly seed: number;
  readonly population: number;
  readonly drawnAt: string;
}

/** An audit with its result so far. @throws Failure `unknown-audit` */
export function readAudit({ db }: Library, projectId: number, auditId: number): Audit {
  const audit = db
    .prepare<[number, number], StoredAudit>(
      'SELECT id, query, seed, population, drawn_at AS drawnAt FROM audits WHERE id = ? AND project_id = ?',
    )
    .get(auditId, projectId);
  if (audit === undefined)
    throw badInput('unknown-audit', `Project ${projectId} has no audit ${auditId}.`, {
      project: projectId,
      audit: auditId,
    });
  const pairs = db
    .prepare<[number], { id: number; audited: number; changed: number }>(
      `
      SELECT audit_pairs.pair_id AS id, audited_at IS NOT NULL AS audited, before <> ${stateColumns} AS changed
      FROM audit_pairs JOIN pair_labels USING (pair_id) WHERE audit_id = ? ORDER BY place`,
    )
    .all(auditId);
  const audited = pairs.filter((pair) => pair.audited === 1);
  const verdictErrors = audited.filter((pair) => pair.changed === 1).length;
  const value = verdictErrors / audited.length;
  const interval = audited.length === 0 ? null : wilsonInterval(value, audited.length);
  return {
    ...audit,
    pairIds: pairs.map(({ id }) => id),
    audited: audited.length,
    verdictErrors,
    errorRate: interval === null ? null : { value, interval },
  };
}

/** The audits of a project, the newest first. */
export function listAudits(library: Library, projectId: number): Audit[] {
  const ids = library.db
    .prepare<[number], number>('SELECT id FROM audits WHERE project_id = ? ORDER BY id DESC')
    .pluck()
    .all(projectId);
  return ids.map((id) => readAudit(library, projectId, id));
}
