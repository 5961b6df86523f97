import { abandonDeadImports } from '../../library/datasets.ts';
import { transact } from '../../library/transact.ts';
import { removeListedFolders } from '../../runs/folders-to-remove.ts';
import type { HandlerContext } from './context.ts';

/** Clears what processes that were killed left behind: half imports, and folders of runs that were deleted or never stored. */
export function clearLeftovers({ library, background, report }: Pick<HandlerContext, 'library' | 'background' | 'report'>): void {
  const clear = async (): Promise<void> => {
    transact(library, () => abandonDeadImports(library));
    await removeListedFolders(library);
  };
  background.track(clear().catch((error: unknown) => report(error, 'clearing what was left behind')));
}
