import { lastProject } from '../projects/projects.ts';
import { keepColumns, readAhead } from '../review/index/current-columns.ts';
import type { HandlerContext } from './context.ts';

/** Reads what the review of the project worked on last needs, while the window or page is still starting. */
export function readAheadLastProject({ library, background, report }: HandlerContext): void {
  const last = lastProject(library);
  if (last !== null)
    background.track(
      readAheadAndKeep({ library, background }, last).catch((error: unknown) => report(error, 'reading ahead')),
    );
}

/** Reads a project's columns in slices, and keeps them for the next start. */
export async function readAheadAndKeep(
  { library, background }: Pick<HandlerContext, 'library' | 'background'>,
  projectId: number,
): Promise<void> {
  await readAhead(library, projectId, background.signal);
  if (!background.signal.aborted) keepColumns(library, projectId);
}
