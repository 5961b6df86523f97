import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEvents, runEngine, stepsOf, writeRandomModel, writeRun } from './engine-run.ts';
import { writeJson } from './tiny-model.ts';
import { checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';

test('a run whose texts became other tokens when it was started is not resumed, and keeps what it has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'old-tokenization-'));
  try {
    const [model, run] = [join(folder, 'model'), join(folder, 'run')];
    await writeRandomModel(model);
    await writeRun(run, model);
    expect(await runEngine(run)).toMatchObject({ code: 0 });
    const steps = stepsOf(await readEvents(run));
    const kept = await checkpointSteps(run);
    const { tokenization, ...old } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
    expect(tokenization).toBeGreaterThan(1);
    await writeJson(run, 'run.json', old);
    expect(await runEngine(run)).toMatchObject({ code: 2 });
    expect((await readEvents(run)).at(-1)).toMatchObject({
      event: 'error',
      error: { code: 'run-tokenized-otherwise' },
    });
    expect(stepsOf(await readEvents(run))).toEqual(steps);
    expect(await checkpointSteps(run)).toEqual(kept);
  } finally {
    await rm(folder, { recursive: true });
  }
});
