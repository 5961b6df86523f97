import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../../native-models/failure.ts';
import type { Preferred, Severity } from '../../../preload/contract/pairs.ts';
import { type LintKind, lintKinds } from '../../../preload/contract/review-filter.ts';
import { chainHead } from '../../labels/chain.ts';
import { canonicalJson } from '../../library/canonical-json.ts';
import type { Library } from '../../library/library.ts';
import type { Finding } from './findings.ts';
import { transactReview } from '../../labels/revision.ts';
import { pairDefects, type LintedResponse } from './pair-defects.ts';
import { PromptGroups } from './prompt-groups.ts';
import { promptText } from './prompt-text.ts';
import { SameResponses } from './same-responses.ts';
import { type LintStatistics, StatisticsOfLabels } from './statistics.ts';
import type { LintReport } from '../../../preload/contract/review-views.ts';

export type { LintReport } from '../../../preload/contract/review-views.ts';

export interface LintOptions {
  /** Share of the work done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

interface LintRow {
  readonly id: number;
  readonly prompt: string;
  readonly promptHash: Buffer;
  readonly heldOut: number;
  readonly response_a: string;
  readonly response_b: string;
  readonly preferred: Preferred;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
  readonly severity_a: Severity | null;
  readonly severity_b: Severity | null;
  readonly categories_a: string;
  readonly categories_b: string;
}

const slice = 500;

/**
 * Looks at every pair of a project and replaces what the last lint found. Works in slices, so that other work goes on.
 * @throws Failure `lint-cancelled`
 */
export async function lintProject(
  library: Library,
  projectId: number,
  { onProgress, signal }: LintOptions = {},
): Promise<LintReport> {
  const total =
    library.db
      .prepare<[number], number>('SELECT count(*) FROM active_labels WHERE project_id = ?')
      .pluck()
      .get(projectId) ?? 0;
  const findings: Finding[] = [];
  const prompts = new PromptGroups(library, total);
  const same = new SameResponses();
  const statistics = new StatisticsOfLabels();
  let done = 0;
  for (const rows of slices(library, projectId)) {
    for (const row of rows) {
      lintRow(row, findings, statistics, same);
      prompts.add(row.id, row.promptHash, promptText(row.prompt), row.heldOut === 1);
    }
    done += rows.length;
    await pause(signal);
    onProgress?.((done / total) * 0.8);
  }
  for (const share of prompts.join()) {
    await pause(signal);
    onProgress?.(0.8 + share * 0.2);
  }
  for (const found of [same.findings(), prompts.findings()]) for (const finding of found) findings.push(finding);
  return store(library, projectId, total, findings, statistics.result());
}

function lintRow(row: LintRow, findings: Finding[], statistics: StatisticsOfLabels, same: SameResponses): void {
  const responses = {
    a: responseOf(row.response_a, row.unsafe_a, row.severity_a, row.categories_a),
    b: responseOf(row.response_b, row.unsafe_b, row.severity_b, row.categories_b),
  };
  for (const defect of pairDefects(promptText(row.prompt), responses)) findings.push({ pairId: row.id, ...defect });
  const ordered = row.preferred === 'a' || row.preferred === 'b';
  for (const side of ['a', 'b'] as const) {
    const { text, unsafe, categories } = responses[side];
    statistics.add({ length: text.length, unsafe, categories, preferred: ordered ? row.preferred === side : null });
    if (unsafe !== null) same.add({ pairId: row.id, side, unsafe }, row.promptHash, text);
  }
}

function* slices({ db }: Library, projectId: number): Generator<LintRow[]> {
  const select = db.prepare<[number, number, number], LintRow>(`
    SELECT id, prompt, pairs.prompt_hash AS promptHash, held_out AS heldOut, response_a, response_b,
      labels.preferred, labels.unsafe_a, labels.unsafe_b,
      labels.severity_a, labels.severity_b, labels.categories_a, labels.categories_b
    FROM active_labels AS labels JOIN pairs ON id = pair_id
    WHERE labels.project_id = ? AND pair_id > ? ORDER BY pair_id LIMIT ?`);
  for (
    let rows = select.all(projectId, 0, slice);
    rows.length > 0;
    rows = select.all(projectId, rows.at(-1)?.id ?? 0, slice)
  )
    yield rows;
}

function store(
  library: Library,
  projectId: number,
  pairs: number,
  findings: readonly Finding[],
  statistics: LintStatistics,
): LintReport {
  const pairsOf = (kind: LintKind): number =>
    new Set(findings.filter((finding) => finding.kind === kind).map(({ pairId }) => pairId)).size;
  const counts = new Map(lintKinds.map((kind) => [kind, pairsOf(kind)]));
  const of = (kind: LintKind): number => counts.get(kind) ?? 0;
  const pairsByKind = {
    'refusal-marked-unsafe': of('refusal-marked-unsafe'),
    'verdict-against-severity': of('verdict-against-severity'),
    'verdict-against-category': of('verdict-against-category'),
    'same-response-two-verdicts': of('same-response-two-verdicts'),
    'identical-responses': of('identical-responses'),
    'near-identical-responses': of('near-identical-responses'),
    'near-duplicate-prompt': of('near-duplicate-prompt'),
    'prompt-in-both-splits': of('prompt-in-both-splits'),
    'empty-response': of('empty-response'),
    'truncated-response': of('truncated-response'),
    'encoding-damage': of('encoding-damage'),
  };
  const { db } = library;
  return transactReview(library, projectId, () => {
    const report: LintReport = {
      at: new Date().toISOString(),
      labelsHead: chainHead(library).hash,
      pairs,
      pairsByKind,
      statistics,
    };
    db.prepare('DELETE FROM lint_findings WHERE project_id = ?').run(projectId);
    const insert = db.prepare(
      'INSERT INTO lint_findings (pair_id, project_id, kind, side, detail) VALUES (?, ?, ?, ?, ?)',
    );
    for (const { pairId, kind, side, detail } of findings) insert.run(pairId, projectId, kind, side, detail);
    db.prepare('INSERT OR REPLACE INTO lint_reports (project_id, at, labels_head, report) VALUES (?, ?, ?, ?)').run(
      projectId,
      report.at,
      report.labelsHead,
      canonicalJson(JSON.parse(JSON.stringify(report))),
    );
    return report;
  });
}

/** What the last lint of a project found; `null` before the first. */
export function lastLintReport({ db }: Library, projectId: number): LintReport | null {
  const report = db
    .prepare<[number], string>('SELECT report FROM lint_reports WHERE project_id = ?')
    .pluck()
    .get(projectId);
  return report === undefined ? null : JSON.parse(report);
}

function responseOf(
  text: string,
  unsafe: number | null,
  severity: Severity | null,
  categories: string,
): LintedResponse {
  return { text, unsafe: unsafe === null ? null : unsafe === 1, severity, categories: JSON.parse(categories) };
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  if (signal?.aborted === true)
    throw new Failure('interrupted', 'lint-cancelled', 'The lint was cancelled; what the last one found is kept.');
}
