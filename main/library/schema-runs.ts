/** Runs and what comes of them. The run folder is the evidence; these tables are its index. Objects are JSON. */
export const runSchema = `
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  folder TEXT NOT NULL,
  model_path TEXT NOT NULL,
  objective TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  snapshot_sha256 TEXT NOT NULL,
  labels_head TEXT NOT NULL,
  state TEXT NOT NULL,
  step INTEGER NOT NULL DEFAULT 0,
  steps INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  failure TEXT CHECK (failure IS NULL OR json_valid(failure)),
  note TEXT NOT NULL DEFAULT '',
  trashed_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_project ON runs (project_id, created_at);

CREATE TABLE checkpoints (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  folder TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  best INTEGER NOT NULL DEFAULT 0 CHECK (best IN (0, 1)),
  created_at TEXT NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_metrics (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  first REAL,
  last REAL,
  minimum REAL,
  maximum REAL,
  PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  id TEXT PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  run_id TEXT REFERENCES runs (id) ON DELETE SET NULL,
  model_path TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  summary TEXT NOT NULL CHECK (json_valid(summary)),
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluations_by_run ON evaluations (run_id);

CREATE TABLE generated_answers (
  evaluation_id TEXT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  model TEXT NOT NULL CHECK (model IN ('before', 'after')),
  prompt TEXT NOT NULL CHECK (json_valid(prompt)),
  answer TEXT NOT NULL,
  judgement TEXT CHECK (judgement IS NULL OR json_valid(judgement)),
  PRIMARY KEY (evaluation_id, number, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE exports (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  format TEXT NOT NULL,
  folder TEXT NOT NULL,
  certificate TEXT NOT NULL CHECK (json_valid(certificate)),
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exports_by_run ON exports (run_id);

-- The key hashes the model's files, the tokenisation and the pair; log-probs are summed over response tokens, in nats.
CREATE TABLE reference_logprobs (
  key BLOB PRIMARY KEY,
  chosen REAL NOT NULL,
  rejected REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
`;
