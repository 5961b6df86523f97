/**
 * Numbers that are never given twice, whatever is deleted: the label log and open pages go on speaking of them.
 * `folders_to_remove` lists run folders that no row of `runs` stands for any more, or not yet: `process` is the one
 * that prepares the run, and is null for a run that was deleted. Only what is listed here is ever removed.
 */
export const numberSchema = `
CREATE TABLE given_numbers (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO given_numbers VALUES
  ('project', (SELECT coalesce(max(number), 0) FROM (SELECT id AS number FROM projects UNION ALL SELECT project_id
    FROM label_events UNION ALL SELECT project_id FROM label_groups))),
  ('dataset', (SELECT coalesce(max(number), 0) FROM (SELECT id AS number FROM datasets UNION ALL SELECT dataset_id
    FROM label_events))),
  ('audit', (SELECT coalesce(max(id), 0) FROM audits));

CREATE TABLE folders_to_remove (run TEXT PRIMARY KEY, process INTEGER) STRICT, WITHOUT ROWID;
`;
