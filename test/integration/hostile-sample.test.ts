import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { seededRandom } from '../../native-models/sample/world/random.ts';
import { hostileFiles, hostileLabels } from '../hostile/hostile-data.ts';
import { spoiledModels } from '../hostile/hostile-models.ts';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness } from './serve-harness.ts';
import { writeTinyModel } from './tiny-model.ts';

/** A few seconds of `npm run test:hostile`: what needs no time limit to be ended. */

const slow =
  /recursion|macro that calls itself|nested loops|ten million|doubles|split by|100,000 tensors|without end|^deep/;
const random = seededRandom(7);
const models = spoiledModels(random, 12).filter(({ what }) => !slow.test(what));
const files = [
  ...hostileFiles(random, 12).filter(
    ({ kind }) => kind === 'damaged' || kind === 'magic' || kind === 'encoding' || kind === 'prototype',
  ),
  ...hostileLabels(),
];
const nameless: ReadonlySet<string> = new Set(['internal-error', 'unexpected-error', 'reader-ended']);

let serve: ServeHarness;
let page: PageClient;
beforeAll(async () => {
  serve = await startServe();
  page = await openPage(serve);
  for (const [index, { spoil }] of models.entries()) {
    const folder = join(serve.allowed, 'models', String(index));
    mkdirSync(folder, { recursive: true });
    await writeTinyModel(folder);
    await spoil(folder);
  }
  mkdirSync(join(serve.allowed, 'files'));
  for (const { name, bytes } of files) writeFileSync(join(serve.allowed, 'files', name), bytes());
});
afterAll(async () => {
  page.hangUp();
  await serve.stop();
});

async function handles(folder: string): Promise<ReadonlyMap<string, string>> {
  const [root] = await page.client.files.roots({});
  const { entries } = await page.client.files.list({ folder: root?.handle ?? '' });
  const inside = entries.find(({ name }) => name === folder);
  return new Map(
    (await page.client.files.list({ folder: inside?.handle ?? '' })).entries.map(({ name, handle }) => [name, handle]),
  );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'taken',
    (error: unknown) => z.object({ code: z.string() }).parse(error).code,
  );
}

/** Throws the reason of a model that cannot be trained as its code. */
async function inspected(folder: string): Promise<void> {
  const { trainable } = await page.client.models.inspect({ folder });
  if (!trainable) throw Object.assign(new Error('told in the report'), { code: 'told' });
}

test('spoiled model folders are refused by name, or told in the report', async () => {
  const folders = await handles('models');
  const said = await Promise.all(
    models.map(async ({ kind, what }, index) => ({
      kind,
      what,
      code: await codeOf(inspected(folders.get(String(index)) ?? '')),
    })),
  );
  expect(said.length).toBeGreaterThan(50);
  expect(said.filter(({ code }) => nameless.has(code))).toEqual([]);
  // An index beside whole weights is never opened.
  expect(
    said.filter(
      ({ kind, what, code }) =>
        kind === 'no plain file' && !what.startsWith('model.safetensors.index') && code === 'taken',
    ),
  ).toEqual([]);
});

test('damaged files of data, labels and opinions are refused by name', async () => {
  const { id: projectId } = await page.client.projects.create({ name: 'hostile' });
  const named = await handles('files');
  const said: { readonly name: string; readonly code: string }[] = [];
  for (const { kind, name } of files) {
    const file = named.get(name) ?? '';
    const format = name.endsWith('csv') ? 'csv' : 'jsonl';
    said.push({
      name,
      code: await codeOf(
        kind === 'labels'
          ? page.client.labels.importHistory({ projectId, file, format })
          : page.client.datasets.preview({ file, format: null, mapping: null }),
      ),
    });
  }
  expect(said.filter(({ code }) => nameless.has(code))).toEqual([]);
  expect(serve.bugs).toEqual([]);
});
