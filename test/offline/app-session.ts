import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, Observer } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/**
 * What a session needs beside the client: a folder `model` among the allowed ones, a file of pairs to upload, and how
 * long to train.
 */
export interface Session {
  readonly data: string;
  readonly settings: Partial<TrainSettings>;
  /** The run trains for this long after its first step, then it is stopped. */
  readonly trainSeconds: number;
  upload(name: string, bytes: Buffer): Promise<{ readonly handle: string }>;
}

/**
 * The app's own wizard over its contract, from a model to an exported one; the run is stopped when it has lived long
 * enough.
 */
export async function playSession(client: Client, { data, settings, trainSeconds, upload }: Session): Promise<void> {
  const projectId = (await client.projects.create({ name: 'Offline' })).id;
  const [root] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: root?.handle ?? '' });
  await client.models.choose({ projectId, folder: entries.find(({ name }) => name === 'model')?.handle ?? '' });
  const file = await upload('pairs.jsonl', readFileSync(data));
  const { taskId } = await client.datasets.import({ projectId, file: file.handle, format: null, mapping: null });
  await ended((observer) => client.datasets.importProgress({ taskId }, observer));

  const current = await client.hyperparameters.current({ projectId });
  const { id: runId } = await client.runs.start({
    projectId,
    name: null,
    settings: {
      ...current,
      template: 'plain',
      maxLength: 32,
      epochs: 100,
      batchSize: 1,
      accumulate: 1,
      threads: 1,
      ...settings,
    },
  });
  await new Promise<void>(
    (resolve, reject) =>
      void client.runs.progressFeed(
        { runId },
        { next: ({ step }) => (step > 0 ? resolve() : undefined), error: reject },
      ),
  );
  await wait(trainSeconds * 1000);
  await client.runs.stop({ runId });
  await ended((observer) => client.runs.progressFeed({ runId }, observer));
  const evaluation = await client.evaluation.start({
    runId,
    settings: { pairs: 4, prompts: 2, maxNewTokens: 4, temperature: 0, seed: 1 },
    promptFile: null,
  });
  await ended((observer) => client.evaluation.progressFeed({ taskId: evaluation.id }, observer));
  const written = await client.exports.start({
    runId,
    format: 'safetensors',
    dtype: null,
    step: null,
    into: null,
    folderName: 'offline',
  });
  await ended((observer) => client.exports.progressFeed({ taskId: written.id }, observer));
  await client.hardware.doctor({});
}

/** Resolves when the work has come to its end, and throws when it failed. */
function ended<Event extends { readonly state: string; readonly error: unknown }>(
  subscribe: (observer: Observer<Event>) => Unsubscribe,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = ({ state, error }: Event): void => {
      if (state === 'failed') reject(new Error(JSON.stringify(error)));
      if (state === 'done' || state === 'stopped') resolve();
    };
    subscribe({ next, error: reject });
  });
}
