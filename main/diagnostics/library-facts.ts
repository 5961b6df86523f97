import type { Library } from '../library/library.ts';

/** The library's size for a report of a defect: counts only, no names and no texts. */
export function libraryFacts({ db }: Library) {
  const count = (table: 'projects' | 'datasets' | 'pairs' | 'runs'): unknown =>
    db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  return {
    schema: db.pragma('user_version', { simple: true }),
    projects: count('projects'),
    datasets: count('datasets'),
    pairs: count('pairs'),
    runs: count('runs'),
  };
}
