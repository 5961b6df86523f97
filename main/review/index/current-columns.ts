import { setImmediate } from 'node:timers/promises';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { ColumnsLoading } from './columns-loading.ts';
import type { ReviewColumns } from './columns.ts';
import { writeKeptColumns } from './kept-columns.ts';
import { columnsRevision } from '../../labels/revision.ts';
import { TextMatches } from './text-matches.ts';

/** What a filter reads: the columns, and the matches of texts asked for before. */
export interface ReviewView {
  readonly columns: ReviewColumns;
  readonly texts: TextMatches;
}

/** The columns of a project as they were under a signature: being read, or whole. */
interface Held {
  readonly signature: string;
  readonly loading: ColumnsLoading;
  view: ReviewView | null;
  /** The last event that the columns kept on disk show; -1: none are kept. */
  keptSeq: number;
}

const held = oncePerLibrary(() => new Map<number, Held>());

/**
 * The columns of a project as they are now, whoever changed them: after label events only the pairs touched are
 * read again, after an import, a new split, lint or suggestions all of them.
 */
export function reviewView(library: Library, projectId: number): ReviewView {
  const project = holdProject(library, projectId);
  if (project.view === null) {
    const columns = project.loading.finish();
    project.view = { columns, texts: new TextMatches(library, columns) };
  } else project.view.columns.follow();
  return project.view;
}

/**
 * Reads the columns of a project in slices between which other work goes on, so that they are there when they are asked
 * for.
 */
export async function readAhead(library: Library, projectId: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { view, loading } = holdProject(library, projectId);
    if (view !== null) return;
    if (!loading.step()) return void reviewView(library, projectId);
    await setImmediate();
  }
}

/** After so many events, following the log takes a process that starts about as long as a fifth of reading all. */
const eventsBehind = 2000;

/**
 * Keeps the columns of a project, once they are read, for the next process, unless it has such that are nearly as new.
 */
export function keepColumns(library: Library, projectId: number): void {
  const project = holdProject(library, projectId);
  if (project.view === null) return;
  const kept = project.view.columns.kept();
  if (project.keptSeq >= 0 && kept.seq - project.keptSeq < eventsBehind) return;
  writeKeptColumns(library, projectId, project.signature, kept);
  project.keptSeq = kept.seq;
}

function holdProject(library: Library, projectId: number): Held {
  const projects = held(library);
  const signature = columnsRevision(library, projectId);
  const known = projects.get(projectId);
  if (known?.signature === signature) return known;
  const loading = new ColumnsLoading(library, projectId, signature);
  const begun = { signature, loading, view: null, keptSeq: loading.keptSeq };
  projects.set(projectId, begun);
  return begun;
}
