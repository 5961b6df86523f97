import type { Handlers } from '../../preload/contract/contract.ts';
import { emptyTrash, listTrash } from '../trash/trash.ts';
import type { HandlerContext } from './context.ts';

export function trashHandlers({ library }: HandlerContext): Handlers['trash'] {
  return {
    list: () => listTrash(library),
    empty: async () => ({ deleted: await emptyTrash(library) }),
  };
}
