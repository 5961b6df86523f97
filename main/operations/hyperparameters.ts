import { badInput } from '../../native-models/failure.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import { type MemoryPlan } from '../../preload/contract/operations/hyperparameters.ts';
import { availableMemory } from '../hardware/memory.ts';
import type { Library } from '../library/library.ts';
import { parseModelConfig } from '../models/inspect.ts';
import { planMemory, trainedParameterCount } from '../models/memory.ts';
import { getProject } from '../projects/projects.ts';
import { readNextSettings, saveNextSettings } from '../runs/next-settings.ts';
import { precisionOf } from '../runs/precision.ts';
import { sampleSettings, sampleSweep } from '../runs/sample-settings.ts';
import { defaultSettings } from '../runs/settings.ts';
import { runExtent } from '../runs/extent.ts';
import { checkpointBytes } from '../runs/start.ts';
import { estimateTime } from '../runs/time-estimate.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';
import { measureLengths, previewTokens } from './pair-lengths.ts';
import { isSampleModel } from './sample-project.ts';
import { presetsFor } from '../runs/setting-presets.ts';
import { type TrainSettings, settingNames } from '../../native-models/vocabulary/settings.ts';

export function hyperparametersHandlers({ library, background }: HandlerContext): Handlers['hyperparameters'] {
  const estimates = new Map<number, AbortController>();
  const ofSample = (projectId: number): boolean => isSampleModel(library, modelOf(library, projectId));
  const defaults = async (projectId: number): Promise<TrainSettings> => {
    const model = modelOf(library, projectId);
    return { ...defaultSettings(await parseModelConfig(model)), ...(ofSample(projectId) ? sampleSettings : {}) };
  };
  return {
    async describe({ projectId }) {
      const settings = await defaults(projectId);
      const { maxPositions } = await parseModelConfig(modelOf(library, projectId));
      return {
        presets: presetsFor(settings, ofSample(projectId)),
        defaults: settings,
        tuned: settingNames.filter((name) => ofSample(projectId) && name in sampleSweep),
        contextTokens: maxPositions,
      };
    },
    current: async ({ projectId }) => readNextSettings(library, projectId) ?? defaults(projectId),
    save({ projectId, settings }) {
      saveNextSettings(library, getProject(library, projectId).id, settings);
      return settings;
    },
    async memoryPlan({ projectId, settings }) {
      const config = await parseModelConfig(modelOf(library, projectId));
      const precision = await precisionOf(config, settings, null);
      const neededBytes = checkpointBytes(
        trainedParameterCount(config, settings.lora),
        readAppSettings(library).checkpointsKept,
      );
      return {
        ...planView(settings, planMemory(config, settings, precision, await availableMemory(settings.provider))),
        disk: { neededBytes, freeBytes: freeBytesOf(library.dir) },
      };
    },
    extent: ({ projectId, settings }) => runExtent(library, projectId, settings),
    lengths({ projectId, template, maxLengths }) {
      const work = measureLengths(
        library,
        projectId,
        modelOf(library, projectId),
        template,
        maxLengths,
        background.signal,
      );
      background.track(work.catch(() => undefined));
      return work;
    },
    tokenPreview: ({ projectId, pairId, template, maxLength }) =>
      previewTokens(library, projectId, modelOf(library, projectId), pairId, template, maxLength),
    async timeEstimate({ projectId, settings }) {
      estimates.get(projectId)?.abort();
      const abort = new AbortController();
      estimates.set(projectId, abort);
      const work = estimateTime(
        library,
        { projectId, modelPath: modelOf(library, projectId), settings },
        AbortSignal.any([abort.signal, background.signal]),
      );
      // Its caller hears how it ends; the host only waits.
      background.track(work.catch(() => undefined));
      return work;
    },
    stopTimeEstimate({ projectId }) {
      estimates.get(projectId)?.abort();
      return null;
    },
  };
}

/** @throws Failure `project-without-model` */
export function modelOf(library: Library, projectId: number): string {
  const { name, modelPath } = getProject(library, projectId);
  if (modelPath === null)
    throw badInput('project-without-model', `The project ${name} has no model yet. Choose one first.`, {
      project: projectId,
    });
  return modelPath;
}

function planView({ provider }: TrainSettings, plan: ReturnType<typeof planMemory>): Omit<MemoryPlan, 'disk'> {
  const { parts, needs, fits, nearestFit } = plan;
  return { provider, parts, needs, fits, nearestFit };
}
