/**
 * Projects, datasets, pairs. `pairs` holds what was imported and never changes; `pair_labels` holds what is
 * thought of it now. The second is narrow on purpose: a filter over 300,000 pairs reads this table alone,
 * about 30 MB, and never the texts. Queries start from `active_labels`, which leaves trashed datasets out.
 *
 * A dataset is `importing` until its last step, one transaction: a half-imported dataset is never seen by such a query.
 *
 * A project holds the same prompt and responses once, and once more in every dataset in the trash. `current_pairs` has
 * the one that labels are about: that of the active dataset, else that of the dataset trashed last.
 */
export const dataSchema = `
CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (name <> ''),
  created_at TEXT NOT NULL,
  model_path TEXT,
  step TEXT NOT NULL DEFAULT 'model',
  changed_at TEXT NOT NULL,
  held_out_share REAL NOT NULL DEFAULT 0.1 CHECK (held_out_share BETWEEN 0 AND 0.5),
  split_seed INTEGER NOT NULL DEFAULT 0,
  trashed_at TEXT
) STRICT;
CREATE UNIQUE INDEX projects_by_name ON projects (name) WHERE trashed_at IS NULL;

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  sha256 TEXT,
  bytes INTEGER NOT NULL,
  format TEXT NOT NULL,
  format_reason TEXT NOT NULL,
  mapping TEXT NOT NULL CHECK (json_valid(mapping)),
  state TEXT NOT NULL CHECK (state IN ('importing', 'ready')),
  importer_process INTEGER,
  accepted INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  weight REAL NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 100),
  imported_at TEXT NOT NULL,
  trashed_at TEXT
) STRICT;
CREATE INDEX datasets_by_project ON datasets (project_id);

CREATE TABLE pairs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  prompt TEXT NOT NULL CHECK (json_valid(prompt)),
  response_a TEXT NOT NULL,
  response_b TEXT NOT NULL,
  content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
  prompt_hash BLOB NOT NULL CHECK (length(prompt_hash) = 32),
  split TEXT CHECK (split IN ('train', 'held-out')),
  preferred TEXT CHECK (preferred IN ('a', 'b', 'tie')),
  safer TEXT CHECK (safer IN ('a', 'b')),
  unsafe_a INTEGER CHECK (unsafe_a IN (0, 1)),
  unsafe_b INTEGER CHECK (unsafe_b IN (0, 1)),
  severity_a INTEGER CHECK (severity_a BETWEEN 0 AND 3),
  severity_b INTEGER CHECK (severity_b BETWEEN 0 AND 3),
  categories_a TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(categories_a)),
  categories_b TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(categories_b))
) STRICT;
CREATE INDEX pairs_by_content ON pairs (project_id, content_hash);
CREATE INDEX pairs_by_dataset ON pairs (dataset_id);
CREATE TRIGGER pairs_never_change BEFORE UPDATE ON pairs
  BEGIN SELECT RAISE(ABORT, 'imported pairs never change'); END;

CREATE TABLE pair_labels (
  pair_id INTEGER PRIMARY KEY REFERENCES pairs (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL,
  dataset_id INTEGER NOT NULL,
  prompt_hash BLOB NOT NULL,
  split TEXT,
  held_out INTEGER NOT NULL DEFAULT 0 CHECK (held_out IN (0, 1)),
  length_a INTEGER NOT NULL,
  length_b INTEGER NOT NULL,
  safer TEXT,
  preferred TEXT CHECK (preferred IN ('a', 'b', 'tie')),
  preferred_source TEXT,
  preferred_reviewer TEXT,
  flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1)),
  event_pair INTEGER,
  unsafe_a INTEGER CHECK (unsafe_a IN (0, 1)),
  source_a TEXT,
  reviewer_a TEXT,
  categories_a TEXT NOT NULL,
  severity_a INTEGER CHECK (severity_a BETWEEN 0 AND 3),
  note_a TEXT NOT NULL DEFAULT '',
  event_a INTEGER,
  unsafe_b INTEGER CHECK (unsafe_b IN (0, 1)),
  source_b TEXT,
  reviewer_b TEXT,
  categories_b TEXT NOT NULL,
  severity_b INTEGER CHECK (severity_b BETWEEN 0 AND 3),
  note_b TEXT NOT NULL DEFAULT '',
  event_b INTEGER,
  -- SafeDPO's transform, as preload/contract/transform-pair.ts says it.
  class TEXT NOT NULL GENERATED ALWAYS AS (CASE
    WHEN unsafe_a IS NULL OR unsafe_b IS NULL OR preferred IS NULL THEN 'waiting'
    WHEN unsafe_a AND unsafe_b THEN 'dropped'
    WHEN NOT unsafe_a AND NOT unsafe_b THEN iif(preferred = 'tie', 'dropped', 'keptSafeSafe')
    WHEN (preferred = 'a' AND unsafe_a) OR (preferred = 'b' AND unsafe_b) THEN 'swapped'
    ELSE 'keptSafeUnsafe' END) VIRTUAL
) STRICT;
CREATE INDEX pair_labels_by_class ON pair_labels (dataset_id, class, pair_id);
CREATE VIEW active_labels AS
  SELECT pair_labels.* FROM pair_labels JOIN datasets ON datasets.id = pair_labels.dataset_id
  WHERE datasets.state = 'ready' AND datasets.trashed_at IS NULL;

CREATE VIEW current_pairs AS
  SELECT pairs.* FROM pairs JOIN datasets ON datasets.id = pairs.dataset_id
  WHERE datasets.state = 'ready' AND NOT EXISTS (
    SELECT 1 FROM pairs AS twin JOIN datasets AS other ON other.id = twin.dataset_id
    WHERE twin.project_id = pairs.project_id AND twin.content_hash = pairs.content_hash
      AND twin.dataset_id <> pairs.dataset_id
      AND other.state = 'ready' AND coalesce(other.trashed_at, '~') > coalesce(datasets.trashed_at, '~'));

CREATE TABLE rejected_rows (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  field TEXT,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  excerpt TEXT NOT NULL
) STRICT;
CREATE INDEX rejected_rows_by_dataset ON rejected_rows (dataset_id, id);

-- The search index reads the texts from here; a prompt is the contents of its messages, without the JSON around them.
CREATE VIEW pair_texts AS
  SELECT id,
    (SELECT group_concat(json_extract(value, '$.content'), char(10)) FROM json_each(prompt)) AS prompt,
    response_a, response_b
  FROM pairs;
CREATE VIRTUAL TABLE pair_search USING fts5 (
  prompt, response_a, response_b, content = 'pair_texts', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2'
);
CREATE TABLE search_progress (one INTEGER PRIMARY KEY CHECK (one = 1), indexed_to INTEGER NOT NULL) STRICT;
INSERT INTO search_progress VALUES (1, 0);
`;
