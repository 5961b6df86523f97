/**
 * The label log: append-only and hash-chained (docs/adr/0020-label-log.md). `pair_labels` is what the log
 * comes to; `label_groups.state` is what undo and redo come to. Both can be made again from the log.
 *
 * A pair is named by its content hash, so that an event outlives its dataset and means the same in every library.
 */
export const labelSchema = `
CREATE TABLE label_events (
  seq INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('import', 'remove', 'edit', 'adjudicate', 'undo', 'redo')),
  target_group TEXT,
  project_id INTEGER NOT NULL,
  dataset_id INTEGER,
  at TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  pair TEXT,
  side TEXT CHECK (side IN ('a', 'b')),
  field TEXT NOT NULL CHECK (field IN ('verdict', 'categories', 'severity', 'note', 'preference', 'flag', 'dataset')),
  old TEXT NOT NULL CHECK (json_valid(old)),
  new TEXT NOT NULL CHECK (json_valid(new)),
  reason TEXT NOT NULL,
  -- Where an event came with a labels file: the event as it stood in the library that made it, byte for byte.
  origin TEXT CHECK (origin IS NULL OR json_valid(origin)),
  origin_hash TEXT GENERATED ALWAYS AS (origin ->> '$.hash') VIRTUAL,
  previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX label_events_by_pair ON label_events (pair, seq) WHERE pair IS NOT NULL;
CREATE INDEX label_events_by_project ON label_events (project_id, seq);
CREATE UNIQUE INDEX label_events_by_hash ON label_events (hash);
CREATE INDEX label_events_by_origin ON label_events (origin_hash) WHERE origin_hash IS NOT NULL;
CREATE TRIGGER label_events_never_change BEFORE UPDATE ON label_events
  BEGIN SELECT RAISE(ABORT, 'label events never change'); END;
CREATE TRIGGER label_events_never_go BEFORE DELETE ON label_events
  BEGIN SELECT RAISE(ABORT, 'label events are never deleted'); END;

CREATE TABLE label_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO label_head VALUES (1, 0, '${'0'.repeat(64)}');

CREATE TABLE label_groups (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  reviewer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded')),
  UNIQUE (project_id, id)
) STRICT;
CREATE INDEX label_groups_by_reviewer ON label_groups (project_id, reviewer, state, number);
`;
