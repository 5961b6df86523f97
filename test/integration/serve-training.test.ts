import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../preload/contract/errors.ts';
import type { Observer } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import type { ImportProgress } from '../../preload/contract/operations/datasets.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import type { RunProgress, StepMetrics } from '../../preload/contract/operations/runs.ts';
import type { RunningTask } from '../../preload/contract/operations/tasks.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';
import { openPage, type PageClient } from './page-client.ts';
import { dataFolder, readData } from './real-data.ts';
import { startServe, type ServeHarness, shown } from './serve-harness.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/** The wizard's operations in order, over a real host, with a real model, real pairs and the real engine. */

const wizard = describe.skipIf(!existsSync(join(dataFolder, 'models/stories260K-hf')));
wizard('from a model to an exported model', { shuffle: false }, () => {
  let serve: ServeHarness;
  let page: PageClient;
  let projectId: number;
  let settings: TrainSettings;
  let runId: string;

  beforeAll(async () => {
    serve = await startServe([dataFolder]);
    page = await openPage(serve);
    projectId = (await page.client.projects.create({ name: 'Stories' })).id;
  });
  afterAll(async () => {
    page.hangUp();
    await serve.stop();
  });

  async function browse(...path: readonly string[]): Promise<PickedFile> {
    const roots = await page.client.files.roots({});
    let found = roots.find(({ location }) => location === dataFolder.replace(/\/$/, ''));
    for (const name of path) {
      const { entries } = await page.client.files.list({ folder: found?.handle ?? '' });
      found = entries.find((entry) => entry.name === name);
    }
    if (found === undefined) throw new Error(`${path.join('/')} is not offered`);
    return found;
  }

  /** The first event of a stream that `isLast` accepts. */
  function until<Event>(
    subscribe: (observer: Observer<Event>) => Unsubscribe,
    isLast: (event: Event) => boolean,
  ): Promise<Event> {
    return new Promise((resolve, reject) => {
      subscribe({ next: (event) => (isLast(event) ? resolve(event) : undefined), error: reject });
    });
  }
  const taskEnd = ({ state }: TaskProgress): boolean => state !== 'running';
  const runEnd = ({ state }: RunProgress): boolean => state === 'done' || state === 'failed' || state === 'stopped';

  const isDone = ({ state }: RunProgress): boolean => state === 'done';

  test('the model is inspected and taken', async () => {
    const folder = await browse('models', 'stories260K-hf');
    const report = await page.client.models.choose({ projectId, folder: folder.handle });
    expect(report).toMatchObject({ name: 'stories260K-hf', trainable: true, layers: 5, hiddenSize: 64 });
    expect(await page.client.models.current({ projectId })).toEqual(report);
    expect(report.templateExample).toMatch(/How do I open the gate\?[^]*Ask its keeper\./);
    expect([...report.exportFormats, ...Object.keys(report.notPossible)]).toEqual(
      expect.arrayContaining(['safetensors', 'peft', 'gguf', 'onnx']),
    );
    const weights = createHash('sha256').update(readData('models/stories260K-hf/model.safetensors')).digest('hex');
    expect(await page.client.models.hashes({ projectId })).toContainEqual({
      file: 'model.safetensors',
      sha256: weights,
    });
    expect(await page.client.projects.get({ projectId })).toMatchObject({
      model: { name: 'stories260K-hf', architecture: 'LlamaForCausalLM' },
    });
  });

  test('real pairs are imported and split', async () => {
    const rows: unknown = JSON.parse(readData('datasets/pku-saferlhf-dpo-pairs.json.gz').toString());
    const body = JSON.stringify(Array.isArray(rows) ? rows.slice(0, 200) : []);
    const headers = {
      origin: serve.origin,
      ...shown(page.session),
      'content-type': 'application/octet-stream',
      'x-file-name': 'pairs.json',
    };
    const file = unwrap<PickedFile>(JSON.parse((await serve.ask({ path: '/upload', headers, body })).text));
    const { taskId } = await page.client.datasets.import({ projectId, file: file.handle, format: null, mapping: null });
    const end = await until<ImportProgress>(
      (observer) => page.client.datasets.importProgress({ taskId }, observer),
      taskEnd,
    );
    expect(end).toMatchObject({ state: 'done', error: null });
    expect(end.accepted + end.duplicates).toBe(200);
    expect(await page.client.review.counts({ projectId })).toMatchObject({
      total: end.accepted,
      keptSafeUnsafe: end.accepted,
    });
    const split = await page.client.datasets.setSplit({ projectId, heldOutShare: 0.3, seed: 1 });
    expect(split.heldOutPairs + split.trainPairs).toBe(end.accepted);
    expect(split.heldOutPairs).toBeGreaterThan(8);
  });

  test('settings, lengths, tokens and memory are told', async () => {
    const { presets, defaults } = await page.client.hyperparameters.describe({ projectId });
    settings = await page.client.hyperparameters.current({ projectId });
    expect(presets.map(({ id }) => id)).toEqual(['paper', 'lora-small-gpu', 'quick-look']);
    expect(defaults).toEqual(settings);
    const lengths = await page.client.hyperparameters.lengths({ projectId, template: 'plain', maxLengths: [64, 512] });
    expect(lengths.truncation[0]?.pairsShare).toBeGreaterThan(lengths.truncation[1]?.pairsShare ?? 1);
    const tokens = await page.client.hyperparameters.tokenPreview({
      projectId,
      pairId: null,
      template: 'plain',
      maxLength: 128,
    });
    expect(tokens.prompt[0]).toMatchObject({ id: 1, special: true });
    expect([...tokens.prompt, ...tokens.chosen].filter(({ cut }) => !cut).length).toBeLessThanOrEqual(128);
    const next = await page.client.hyperparameters.tokenPreview({
      projectId,
      pairId: tokens.nextPairId,
      template: 'plain',
      maxLength: 128,
    });
    expect(next.pairId).not.toBe(tokens.pairId);
    expect(
      await page.client.hyperparameters.tokenPreview({
        projectId,
        pairId: lengths.longestPairId,
        template: 'plain',
        maxLength: lengths.maxTokens,
      }),
    ).toMatchObject({ cut: { prompt: 0, chosen: 0, rejected: 0 } });
    settings = {
      ...settings,
      template: 'plain',
      maxLength: 64,
      epochs: 1,
      batchSize: 4,
      threads: 1,
      checkpointEverySteps: 2,
      keptLayers: 'all',
    };
    expect(await page.client.hyperparameters.save({ projectId, settings })).toEqual(settings);
    expect(await page.client.hyperparameters.memoryPlan({ projectId, settings })).toMatchObject({
      provider: 'cpu',
      fits: true,
      disk: { neededBytes: expect.any(Number), freeBytes: expect.any(Number) },
    });
  });

  test('its time is estimated from real steps; a person can stop that', async () => {
    const measured = await page.client.hyperparameters.timeEstimate({ projectId, settings });
    expect(measured).toMatchObject({ measuredSteps: 6, steps: expect.any(Number) });
    expect(measured.secondsLow).toBeGreaterThan(0);
    expect(measured.secondsLow).toBeLessThanOrEqual(measured.seconds);
    expect(measured.seconds).toBeLessThanOrEqual(measured.secondsHigh);
    const stopped = expect(page.client.hyperparameters.timeEstimate({ projectId, settings })).rejects.toMatchObject({
      code: 'task-cancelled',
    });
    await page.client.hyperparameters.stopTimeEstimate({ projectId });
    await stopped;
    expect(readdirSync(join(serve.root, 'library')).filter((name) => name.startsWith('estimate-'))).toEqual([]);
  }, 120_000);

  test('a run trains; every step is heard, also by a page that comes later', async () => {
    const started = await page.client.runs.start({ projectId, name: 'First', settings });
    runId = started.id;
    const heard: number[] = [];
    page.client.runs.metricsFeed({ runId }, { next: ({ step }) => heard.push(step), error: () => {} });
    const end = await until((observer) => page.client.runs.progressFeed({ runId }, observer), runEnd);
    expect(end).toMatchObject({ state: 'done', error: null });
    const steps = Array.from({ length: end.steps }, (_, index) => index + 1);
    const later: number[] = [];
    await until<StepMetrics>(
      (observer) => page.client.runs.metricsFeed({ runId }, observer),
      ({ step }) => later.push(step) === end.steps,
    );
    expect([heard, later]).toEqual([steps, steps]);
    const metrics = await page.client.runs.metrics({ runId, afterStep: 0, limit: 50_000 });
    expect(metrics[0]?.values).toMatchObject({ loss: expect.any(Number), 'rewards/margins': expect.any(Number) });
    expect(await page.client.runs.list({ projectId, trashed: false })).toMatchObject([
      { id: runId, name: 'First', progress: { state: 'done' } },
    ]);
    const samples = await page.client.runs.samples({ runId });
    expect(samples.filter(({ step }) => step === end.steps)).toHaveLength(4);
    expect(samples.slice(0, 4).map(({ base }) => base)).toEqual(samples.slice(-4).map(({ base }) => base));
    expect(await page.client.runs.get({ runId })).toMatchObject({ deterministic: true, settings: { maxLength: 64 } });
  }, 120_000);

  test('it is evaluated before and after', async () => {
    const started = await page.client.evaluation.start({
      runId,
      settings: { pairs: 8, prompts: 2, maxNewTokens: 8, temperature: 0, seed: 1 },
      promptFile: null,
    });
    const end = await until(
      (observer) => page.client.evaluation.progressFeed({ taskId: started.id }, observer),
      taskEnd,
    );
    expect(end).toMatchObject({ state: 'done', error: null });
    const [found] = await page.client.evaluation.list({ runId });
    expect(found?.heldOut['rewards/accuracies']).toMatchObject({ before: { count: 8 }, after: { count: 8 } });
    const evaluationId = found?.id ?? '';
    const { rows } = await page.client.evaluation.answers({ evaluationId, after: 0, limit: 10 });
    expect(rows.map(({ id }) => id)).toEqual([1, 2]);
    expect((await page.client.evaluation.answersCsv({ evaluationId })).text.split('\r\n')).toHaveLength(3);
  }, 120_000);

  test("a person's verdicts count in the table, and can be taken back", async () => {
    const newest = async () => (await page.client.evaluation.list({ runId }))[0];
    const first = await newest();
    const evaluationId = first?.id ?? '';
    expect(first).toMatchObject({ judge: 'refusal', ownVerdicts: 0 });
    expect(first?.answers).not.toHaveProperty('safeShare');
    const judge = (of: 'before' | 'after', unsafe: boolean | null) =>
      page.client.evaluation.setVerdict({ evaluationId, answerId: 2, of, unsafe, helpful: null, refused: null });
    const original = await judge('before', null);
    expect((await judge('before', true)).verdicts.before).toEqual({
      unsafe: true,
      helpful: null,
      refused: null,
      source: 'person',
    });
    expect((await newest())?.answers).not.toHaveProperty('safeShare');
    await judge('after', false);
    expect(await newest()).toMatchObject({
      ownVerdicts: 2,
      answers: { safeShare: { before: { value: 0, count: 1 }, after: { value: 1, count: 1 } } },
    });
    await judge('after', null);
    expect((await judge('before', null)).verdicts.before).toEqual(original.verdicts.before);
    expect(await newest()).toEqual(first);
    await expect(
      page.client.evaluation.setVerdict({
        evaluationId,
        answerId: 99,
        of: 'after',
        unsafe: true,
        helpful: null,
        refused: null,
      }),
    ).rejects.toMatchObject({ code: 'unknown-answer' });
  }, 120_000);

  test('both models answer the prompts of a file, of which it says which are harmless', async () => {
    expect(await page.client.evaluation.limits({ runId })).toMatchObject({ contextTokens: 512 });
    const file = await browse('datasets', 'eval', 'xstest_prompts.csv');
    const settings = { pairs: 8, prompts: 30, maxNewTokens: 2, temperature: 0, seed: 1 };
    const started = await page.client.evaluation.start({ runId, settings, promptFile: file.handle });
    expect(
      await until((observer) => page.client.evaluation.progressFeed({ taskId: started.id }, observer), taskEnd),
    ).toMatchObject({ state: 'done', error: null });
    const [newest, earlier] = await page.client.evaluation.list({ runId });
    expect([newest?.promptsFrom, earlier?.promptsFrom]).toEqual(['xstest_prompts.csv', null]);
    const answers = await page.client.evaluation.answers({
      evaluationId: newest?.id ?? '',
      after: 0,
      limit: 50,
    });
    expect(new Set(answers.rows.map(({ kind }) => kind))).toEqual(new Set(['benign', 'hazard']));
    expect(newest?.answers['overRefusalShare']?.before.count).toBe(
      answers.rows.filter(({ kind }) => kind === 'benign').length,
    );
  }, 120_000);

  test('it is exported, and the export passed its self-test', async () => {
    expect(
      (await page.client.exports.formats({ runId })).map(({ format, available }) => `${format} ${available}`),
    ).toEqual(['safetensors true', 'peft true', 'gguf true', 'onnx true']);
    const started = await page.client.exports.start({
      runId,
      format: 'safetensors',
      dtype: null,
      step: null,
      into: null,
      folderName: 'first',
    });
    const end = await until((observer) => page.client.exports.progressFeed({ taskId: started.id }, observer), taskEnd);
    expect(end).toMatchObject({ state: 'done', error: null });
    const [found] = await page.client.exports.list({ runId });
    expect(found).toMatchObject({ format: 'safetensors', selfTest: { passed: true } });
    expect(existsSync(join(found?.location ?? '', 'model.safetensors'))).toBe(true);
    const { text } = await page.client.exports.certificate({ exportId: found?.id ?? '' });
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(found?.location ?? '', 'certificate.json'), 'utf8')));
    await expect(page.client.exports.certificate({ exportId: 'none' })).rejects.toMatchObject({
      code: 'unknown-export',
    });
    const adapter = await page.client.exports.start({
      runId,
      format: 'peft',
      dtype: null,
      step: null,
      into: null,
      folderName: 'adapter',
    });
    await until((observer) => page.client.exports.progressFeed({ taskId: adapter.id }, observer), taskEnd);
    expect((await page.client.exports.list({ runId }))[0]).toMatchObject({
      format: 'peft',
      selfTest: { passed: true },
    });
  }, 120_000);

  test('a second export into the same folder is refused, and says so to those who follow it', async () => {
    const started = await page.client.exports.start({
      runId,
      format: 'safetensors',
      dtype: null,
      step: null,
      into: null,
      folderName: 'first',
    });
    const end = await until((observer) => page.client.exports.progressFeed({ taskId: started.id }, observer), taskEnd);
    expect(end).toMatchObject({ state: 'failed', error: { code: 'folder-not-empty' } });
    const failed = async () =>
      (await page.client.exports.list({ runId })).filter(({ progress }) => progress.state === 'failed');
    expect(await failed()).toHaveLength(1);
    const again = await page.client.exports.start({
      runId,
      format: 'peft',
      dtype: null,
      step: null,
      into: null,
      folderName: 'first',
    });
    await until((observer) => page.client.exports.progressFeed({ taskId: again.id }, observer), taskEnd);
    expect(
      (await failed()).map(({ format }) => format),
      'only the last attempt is told of',
    ).toEqual(['peft']);
  });

  test('a run outlives its host, and a later host tells all of it', async () => {
    const started = await page.client.runs.start({ projectId, name: null, settings });
    await until<StepMetrics>(
      (observer) => page.client.runs.metricsFeed({ runId: started.id }, observer),
      ({ step }) => step >= 2,
    );
    page.hangUp();
    await serve.end();
    const bugs = serve.bugs;
    serve = await startServe([dataFolder], serve.root);
    page = await openPage(serve);
    const end = await until((observer) => page.client.runs.progressFeed({ runId: started.id }, observer), runEnd);
    expect(end).toMatchObject({ state: 'done', error: null });
    const metrics = await page.client.runs.metrics({ runId: started.id, afterStep: 0, limit: 50_000 });
    expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: end.steps }, (_, index) => index + 1));
    const [first, second] = await Promise.all(
      [runId, started.id].map((id) => page.client.runs.metrics({ runId: id, afterStep: 0, limit: 50_000 })),
    );
    expect(second?.map(({ values }) => values['loss'])).toEqual(first?.map(({ values }) => values['loss']));
    expect(bugs).toEqual([]);
  }, 120_000);

  test('a run is listed with the other long work, and can be stopped there', async () => {
    const endless = { ...settings, epochs: 100 };
    const { id, name } = await page.client.runs.start({ projectId, name: null, settings: endless });
    const listed = await until<readonly RunningTask[]>(
      (observer) => page.client.tasks.watch({}, observer),
      ([task]) => task?.doing === 'Training' && (task.fraction ?? 0) > 0,
    );
    expect(listed).toMatchObject([
      { taskId: id, operation: 'runs.start', about: { projectId, name }, stopping: false },
    ]);
    await page.client.tasks.stop({ taskId: id });
    const end = await until((observer) => page.client.runs.progressFeed({ runId: id }, observer), runEnd);
    expect(end).toMatchObject({ state: 'stopped', error: null });
    await until<readonly RunningTask[]>(
      (observer) => page.client.tasks.watch({}, observer),
      ({ length }) => length === 0,
    );
    await page.client.runs.trash({ runId: id });
  }, 120_000);

  test('a killed engine is told, and the run goes on from its checkpoint', async () => {
    const { id } = await page.client.runs.start({ projectId, name: null, settings });
    await until<StepMetrics>(
      (observer) => page.client.runs.metricsFeed({ runId: id }, observer),
      ({ step }) => step >= 3,
    );
    const status: unknown = JSON.parse(readFileSync(join(serve.root, 'library/runs', id, 'status.json'), 'utf8'));
    process.kill(z.object({ pid: z.int() }).parse(status).pid, 'SIGKILL');
    const crashed = await until((observer) => page.client.runs.progressFeed({ runId: id }, observer), runEnd);
    expect(crashed).toMatchObject({ state: 'failed', error: { code: 'engine-crashed' } });
    await page.client.runs.resume({ runId: id });
    const end = await until((observer) => page.client.runs.progressFeed({ runId: id }, observer), isDone);
    expect(end).toMatchObject({ state: 'done', error: null });
    const comparison = await page.client.runs.compare({ runIds: [runId, id] });
    expect(comparison.differences).toEqual([]);
    expect(comparison.heldOut[1]?.metrics).toEqual(comparison.heldOut[0]?.metrics);
    expect(comparison.pairsPerStep).toEqual([4, 4]);
    const askedAfter = async (maxNewTokens: number): Promise<number> => {
      const file = await browse('datasets', 'eval', 'xstest_prompts.csv');
      const settings = { pairs: 1, prompts: 30, maxNewTokens, temperature: 0, seed: 1 };
      const started = await page.client.evaluation.start({ runId: id, settings, promptFile: file.handle });
      await until((observer) => page.client.evaluation.progressFeed({ taskId: started.id }, observer), taskEnd);
      return new Set((await page.client.runs.compare({ runIds: [runId, id] })).answers.map(({ asked }) => asked)).size;
    };
    expect([await askedAfter(2), await askedAfter(1)], 'the same questions, then shorter answers').toEqual([1, 2]);
  }, 120_000);

  test('none of this was a bug inside the app', () => {
    expect(serve.bugs).toEqual([]);
  });
});
