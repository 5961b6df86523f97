/**
 * Ways into a long label log that would otherwise be walked from end to end: by the group that an undo takes back, by
 * what is not about a pair, and by who spoke about each pair.
 */
export const eventIndexSchema = `
CREATE INDEX label_events_by_group ON label_events (group_id, project_id);
CREATE INDEX label_events_about_project ON label_events (project_id, field) WHERE pair IS NULL;
CREATE INDEX label_events_by_reviewer ON label_events (project_id, pair, reviewer) WHERE pair IS NOT NULL;
`;
