/**
 * Rows left out of an import as duplicates that say something else about preference or safety than the pair that was
 * kept.
 */
export const clashSchema = `
CREATE TABLE clashing_rows (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  preferred TEXT,
  safer TEXT,
  unsafe_a INTEGER CHECK (unsafe_a IN (0, 1)),
  unsafe_b INTEGER CHECK (unsafe_b IN (0, 1))
) STRICT;
CREATE INDEX clashing_rows_by_dataset ON clashing_rows (dataset_id, id);
CREATE INDEX clashing_rows_by_pair ON clashing_rows (pair_id);
`;
