import type { Handlers } from '../../preload/contract/contract.ts';
import { changeCategories } from '../labels/change-categories.ts';
import { projectCategories } from '../review/index/project-categories.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';

export function categoriesHandlers({ library }: HandlerContext): Handlers['categories'] {
  return {
    list: ({ projectId }) => projectCategories(library, projectId),
    change: ({ projectId, change, why }) =>
      changeCategories(library, projectId, { reviewer: readAppSettings(library).reviewerName, reason: why }, change),
  };
}
