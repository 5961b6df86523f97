/**
 * What the review of labels adds: findings, suggestions, opinions from files, saved views, audits. None of it is a
 * label: labels are in the log alone. `review_revisions` counts the changes that a copy of these tables in memory
 * has to notice.
 */
export const reviewSchema = `
CREATE TABLE lint_findings (
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  side TEXT CHECK (side IN ('a', 'b')),
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX lint_findings_by_pair ON lint_findings (pair_id);
CREATE INDEX lint_findings_by_kind ON lint_findings (project_id, kind, pair_id);
CREATE TABLE lint_reports (
  project_id INTEGER PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  labels_head TEXT NOT NULL,
  report TEXT NOT NULL CHECK (json_valid(report))
) STRICT;

CREATE TABLE suggestions (
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL,
  scorer TEXT NOT NULL,
  target TEXT NOT NULL CHECK (target IN ('verdict a', 'verdict b', 'preference')),
  -- Probability: of unsafe, or that response A is preferred.
  score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
  at TEXT NOT NULL,
  PRIMARY KEY (pair_id, scorer, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX suggestions_by_project ON suggestions (project_id, pair_id);

-- What reviewers said in files that came in; what they said here is in the log. seq: the log's length then.
CREATE TABLE opinions (
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL,
  reviewer TEXT NOT NULL CHECK (reviewer <> ''),
  target TEXT NOT NULL CHECK (target IN ('verdict a', 'verdict b', 'preference')),
  value TEXT NOT NULL,
  at TEXT NOT NULL,
  reason TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (pair_id, reviewer, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX opinions_by_project ON opinions (project_id, pair_id);

CREATE TABLE saved_views (
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  query TEXT NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audits (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  query TEXT NOT NULL,
  seed INTEGER NOT NULL,
  population INTEGER NOT NULL,
  drawn_at TEXT NOT NULL,
  labels_head TEXT NOT NULL
) STRICT;
CREATE TABLE audit_pairs (
  audit_id INTEGER NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  -- Verdicts and preference when the sample was drawn.
  before TEXT NOT NULL,
  audited_at TEXT,
  PRIMARY KEY (audit_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_pairs_by_pair ON audit_pairs (pair_id);

CREATE TABLE review_revisions (
  project_id INTEGER PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
  revision INTEGER NOT NULL
) STRICT;
`;
