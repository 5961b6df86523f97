import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../bench/random-model.ts';
import { engine, readEvents, runEngine, stepsOf, writeRun } from './engine-run.ts';
import { tinyConfig, tinyTokenizer, tinyTokenizerConfig, writeJson } from './tiny-model.ts';

/** Four layers whose feed forward is wide: 128 pairs at once keep a GB and more for the backward pass. */
const wide = {
  ...tinyConfig,
  hidden_size: 128,
  intermediate_size: 4096,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  torch_dtype: 'float32',
};
const pairs = 128;
/** What the engine may allocate, in KB: enough to load, too little for those pairs. */
const limitKilobytes = 1_300_000;

/** The engine on a run folder with a limit on what it may allocate, as the system gives one. */
async function runLimited(folder: string): Promise<{
  readonly code: number | null;
  readonly events: readonly {
    readonly event: string;
    readonly error?: { readonly code: string; readonly message: string; readonly details: object };
  }[];
}> {
  const child = spawn(
    'sh',
    ['-c', `ulimit -d ${limitKilobytes} && exec "$0" "$@"`, process.execPath, engine, 'train', folder],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const output = text(child.stdout);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  return {
    code,
    events: (await output)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line)),
  };
}

describe.runIf(process.platform === 'linux')('a run that does not fit although the plan let it start', () => {
  let [work, run] = ['', ''];
  let limited: Awaited<ReturnType<typeof runLimited>>;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'safedpo-memory-'));
    const model = join(work, 'model');
    run = join(work, 'run');
    await writeRandomModel(model, wide);
    await writeJson(model, 'tokenizer.json', tinyTokenizer);
    await writeJson(model, 'tokenizer_config.json', tinyTokenizerConfig);
    await writeRun(run, model, { batchSize: pairs, accumulate: 1, epochs: 1, maxLength: 64, threads: 2 }, pairs);
    limited = await runLimited(run);
    return () => rm(work, { recursive: true, force: true });
  }, 120_000);

  it('ends before anything was spent on it, with the part of the model and what to change', async () => {
    expect(limited.code).toBe(3);
    const [error] = limited.events.flatMap((event) => event.error ?? []);
    expect(error).toMatchObject({
      code: 'out-of-memory',
      details: {
        phase: 'the try of the longest batch',
        part: expect.stringMatching(/^the activations/),
        change: { keptLayers: 1 },
      },
    });
    expect(error?.message).toMatch(/^Memory ran out during the try of the longest batch, in the activations/);
    expect(error?.message).toMatch(/resume it, or start again with layers computed again\.$/);
    expect(existsSync(join(run, 'reference.jsonl'))).toBe(false);
    expect((await readEvents(run)).map(({ event }) => event)).toEqual(['error']);
    expect(JSON.parse(await readFile(join(run, 'status.json'), 'utf8'))).toMatchObject({
      state: 'failed',
      error: { code: 'out-of-memory' },
    });
  });

  it('goes on to its end where there is memory', { timeout: 120_000 }, async () => {
    const { code } = await runEngine(run);
    expect(code).toBe(0);
    expect(stepsOf(await readEvents(run))).toEqual([1]);
  });
});
