import { badInput } from '../../native-models/failure.ts';
import { hashModelFolder } from '../../native-models/model-folder/model-folder.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { ModelReport } from '../../preload/contract/operations/models.ts';
import type { ModelInspection } from '../models/inspect.ts';
import { inspectSafely } from '../models/inspect-safely.ts';
import { getProject, setProjectModel } from '../projects/projects.ts';
import type { HandlerContext } from './context.ts';
import { modelOf } from './hyperparameters.ts';

export function modelsHandlers({ library, pickedFiles }: HandlerContext): Handlers['models'] {
  return {
    inspect: async ({ folder }) => report(await inspectSafely(pickedFiles.pathOf(folder))),
    async choose({ projectId, folder }) {
      const inspection = await inspectSafely(pickedFiles.pathOf(folder));
      if (!inspection.trainable)
        throw badInput(
          'model-not-trainable',
          `${inspection.name} cannot be trained here: ${inspection.reason ?? 'no reason is known'}`,
          { model: inspection.path },
        );
      setProjectModel(library, projectId, inspection.path);
      return report(inspection);
    },
    async current({ projectId }) {
      const { modelPath } = getProject(library, projectId);
      return modelPath === null ? null : report(await inspectSafely(modelPath));
    },
    hashes: async ({ projectId }) =>
      Object.entries(await hashModelFolder(modelOf(library, projectId))).map(([file, sha256]) => ({ file, sha256 })),
  };
}

function report(inspection: ModelInspection): ModelReport {
  const { path, reason, chatTemplate, memory: _, ...shared } = inspection;
  return { ...shared, location: path, chatTemplate: chatTemplate !== null, reason: reason ?? null };
}
