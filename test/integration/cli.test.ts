import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lineOf, safedpo, smallRun, start, workFolder, writePkuRows } from './cli-harness.ts';
import { writeRandomModel } from './engine-run.ts';

const work = workFolder();
const [library, model, data] = ['library', 'model', 'pairs.jsonl'].map((name) => join(work.path, name));
const share = {
  before: expect.toSatisfy(isShare),
  after: expect.toSatisfy(isShare),
  interval: { before: expect.anything(), after: expect.anything() },
  count: expect.any(Number),
};

function isShare(value: unknown): boolean {
  return value === null || (typeof value === 'number' && value >= 0 && value <= 1);
}

/** The head of the label log that run.json or a certificate names. */
function labelsHead(file: string): string {
  return z.object({ snapshot: z.object({ labelsHead: z.string() }) }).parse(JSON.parse(readFileSync(file, 'utf8')))
    .snapshot.labelsHead;
}

beforeAll(async () => {
  await writeRandomModel(String(model));
  writePkuRows(String(data), 120);
});
afterAll(() => work.remove());

const run = (...args: string[]) => safedpo(String(library), ...args);

describe('safedpo, from a file and a folder to an exported model', { shuffle: false }, () => {
  let runId = '';

  it('imports, and says what the transform makes of it', async () => {
    const imported = await run('import', String(data), '--project', 'demo', '--json');
    expect(imported.code).toBe(0);
    expect(imported.document()).toMatchObject({ accepted: 120, rejected: 0, duplicates: 0, issues: [] });
    const pairs = await run('pairs', '--project', 'demo', '--model', String(model), '--max-length', '16', '--json');
    expect(pairs.document()).toMatchObject({
      pairs: { total: 120, keptSafeSafe: 20, keptSafeUnsafe: 40, swapped: 20, dropped: 20, waiting: 20 },
      tokens: { median: expect.any(Number), p95: expect.any(Number), max: 22 },
      truncated: expect.any(Number),
    });
  });

  it('trains to the end: step lines, then done', async () => {
    const trained = await run(
      'train',
      '--project',
      'demo',
      '--model',
      String(model),
      '--epochs',
      '2',
      '--limit',
      '40',
      ...smallRun,
      '--json',
    );
    expect(trained.stderr).toContain('started');
    expect(trained.code).toBe(0);
    const lines = trained.lines();
    // 40 pairs for training were asked for; 11 more are held out.
    expect(lines.findLast(({ event }) => event === 'reference')).toMatchObject({ total: 51 });
    const steps = lines.filter(({ event }) => event === 'step');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(steps[0]).toMatchObject({
      epoch: expect.any(Number),
      loss: expect.any(Number),
      'rewards/margins': expect.any(Number),
      'logps/chosen': expect.any(Number),
      grad_norm: expect.any(Number),
      learning_rate: expect.any(Number),
    });
    const done = lines.at(-1) ?? {};
    const side = {
      'rewards/accuracies': expect.any(Number),
      safeUnsafeAccuracy: expect.any(Number),
      interval: { safeUnsafeAccuracy: [expect.any(Number), expect.any(Number)] },
    };
    expect(done).toMatchObject({
      event: 'done',
      steps: 20,
      seconds: expect.any(Number),
      pairsPerSecond: expect.any(Number),
      tokensPerSecond: expect.any(Number),
      peakMemoryBytes: expect.any(Number),
      provider: 'cpu',
      heldOut: { before: side, after: side },
    });
    runId = String(done['run']);
    expect(readdirSync(join(String(library), 'runs', runId))).toEqual(
      expect.arrayContaining([
        'run.json',
        'pairs.jsonl',
        'heldout.jsonl',
        'metrics.jsonl',
        'checkpoints',
        'engine.log',
        'status.json',
      ]),
    );
  });

  it('scores and generates with the model and with the run', async () => {
    const rows = join(work.path, 'rows.jsonl');
    writeFileSync(rows, '{"prompt":"abc","completion":"de"}\n{"prompt_ids":[0,2,3],"completion_ids":[4,5,1]}\n');
    const [before, after] = [await run('score', String(model), rows), await run('score', runId, rows)];
    expect(before.lines()).toEqual([
      { logp: expect.any(Number), tokens: 3 },
      { logp: expect.any(Number), tokens: 3 },
    ]);
    expect(after.lines()).not.toEqual(before.lines());
    const answer = await run('generate', runId, '--prompt-ids', '0,2,3', '--max-new-tokens', '5', '--json');
    expect(answer.document()).toMatchObject({ text: expect.any(String), ids: expect.any(Array) });
    expect((await run('generate', runId, '--prompt-ids', '0,2,3', '--max-new-tokens', '5', '--json')).stdout).toBe(
      answer.stdout,
    );
  });

  it('evaluates before and after on the same prompts', async () => {
    const evaluated = await run(
      'evaluate',
      runId,
      '--project',
      'demo',
      '--max-prompts',
      '4',
      '--max-new-tokens',
      '4',
      '--judge',
      'refusal',
      '--json',
    );
    expect(evaluated.document()).toMatchObject({
      heldOut: { before: { 'rewards/accuracies': 0.5 }, after: { pairs: expect.any(Number) } },
      evaluation: {
        safeShare: { before: null, after: null },
        overRefusalShare: { ...share, interval: expect.anything() },
      },
    });
  });

  it('exports, certifies and verifies every format that its tokenizer allows', async () => {
    for (const format of ['safetensors', 'peft', 'onnx']) {
      const out = join(work.path, format);
      const exported = await run('export', runId, '--format', format, '--out', out, '--json');
      expect(exported.document()).toMatchObject({
        run: runId,
        format,
        export: out,
        selfTest: { weights: { values: expect.any(Number) } },
        warning: null,
      });
      expect((await run('verify', out, '--json')).document()).toMatchObject({ verified: true, run: runId, format });
      // A folder that is made to be published names nothing of this machine.
      for (const name of readdirSync(out).filter((file) => /\.(json|md|jinja)$/.test(file)))
        expect([name, readFileSync(join(out, name), 'utf8')]).not.toEqual([name, expect.stringContaining(work.path)]);
      expect(readdirSync(out)).toEqual(
        expect.arrayContaining(['chat_template.jinja', 'tokenizer.json', 'tokenizer_config.json']),
      );
    }
    const certificate: { readonly selfTest: object; readonly files: object } = JSON.parse(
      readFileSync(join(work.path, 'onnx', 'certificate.json'), 'utf8'),
    );
    expect(certificate.selfTest).toMatchObject({
      weights: { tensors: 21, values: 1256, ofValues: 1256 },
      logProbs: { pairs: 11, heldOut: true, cachedDifference: expect.any(Number) },
    });
    expect(Object.keys(certificate.files)).toEqual(
      expect.arrayContaining([
        'onnx/model.onnx',
        'onnx/model.onnx_data',
        'config.json',
        'genai_config.json',
        'tokenizer.json',
        'README.md',
      ]),
    );
    const merged = join(work.path, 'safetensors');
    const asked = ['--prompt', 'abc', '--max-new-tokens', '5', '--json'];
    expect((await run('generate', merged, ...asked)).stdout).toBe((await run('generate', runId, ...asked)).stdout);
    const rows = join(work.path, 'rows.jsonl');
    const [exported, trained] = [(await run('score', merged, rows)).lines(), (await run('score', runId, rows)).lines()];
    for (const [index, { logp }] of exported.entries()) expect(logp).toBeCloseTo(Number(trained[index]?.['logp']), 3);
    expect((await run('export', runId, '--format', 'peft', '--out', merged, '--json')).document()).toMatchObject({
      error: { code: 'folder-not-empty' },
    });
    appendFileSync(join(merged, 'model.safetensors'), 'x');
    const tampered = await run('verify', merged, '--json');
    expect([tampered.code, tampered.document()]).toMatchObject([
      2,
      { error: { code: 'certificate-mismatch', details: { changed: ['model.safetensors'] } } },
    ]);
  });

  it('sweeps, lists and compares', async () => {
    const swept = await run(
      'sweep',
      '--project',
      'demo',
      '--model',
      String(model),
      '--epochs',
      '1',
      '--limit',
      '16',
      ...smallRun,
      '--delta',
      '0,5',
      '--json',
    );
    const last = swept.lines().at(-1);
    expect(last).toMatchObject({
      event: 'done',
      over: 'delta',
      runs: [
        { delta: 0, heldOut: expect.anything() },
        { delta: 5, heldOut: expect.anything() },
      ],
    });
    const listed = await run('runs', '--json');
    const ids = JSON.parse(listed.stdout).map((entry: { run: string }) => entry.run);
    expect(ids).toHaveLength(3);
    expect(ids).toContain(runId);
    const compared = JSON.parse((await run('compare', ids[0], ids[1], '--json')).stdout);
    expect(compared).toMatchObject([
      { run: ids[0], settings: { delta: 5 } },
      { run: ids[1], settings: { delta: 0 } },
    ]);
  });

  it('takes labels out, in and checks them', async () => {
    const file = join(work.path, 'labels.jsonl');
    expect((await run('labels', 'export', file, '--project', 'demo', '--json')).document()).toMatchObject({
      records: 120,
    });
    expect((await run('labels', 'import', file, '--project', 'demo', '--json')).document()).toMatchObject({
      pairs: 120,
      events: 0,
    });
    expect((await run('labels', 'verify', '--json')).document()).toMatchObject({ intact: true });
    const tampered = join(work.path, 'tampered');
    cpSync(String(library), tampered, { recursive: true });
    const db = new Database(join(tampered, 'library.sqlite'));
    db.exec(
      "DROP TRIGGER label_events_never_change; UPDATE label_events SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 1",
    );
    db.close();
    const verified = await safedpo(tampered, 'labels', 'verify', '--json');
    expect([verified.code, verified.document()]).toMatchObject([
      2,
      {
        error: {
          code: 'label-log-broken',
          message: expect.stringContaining('Event 1'),
          details: { seq: 1, problem: 'changed' },
        },
      },
    ]);
  });

  it('aligns in one go', async () => {
    const out = join(work.path, 'aligned');
    const aligned = await run(
      'align',
      '--model',
      String(model),
      '--data',
      String(data),
      '--out',
      out,
      '--epochs',
      '1',
      '--limit',
      '16',
      ...smallRun,
      '--max-prompts',
      '3',
      '--max-new-tokens',
      '3',
      '--json',
    );
    expect(aligned.lines().at(-1)).toMatchObject({
      event: 'done',
      export: out,
      heldOut: { before: expect.anything() },
      evaluation: {
        safeShare: { interval: expect.anything() },
        helpfulShare: { interval: expect.anything() },
        overRefusalShare: { interval: expect.anything() },
      },
    });
    expect((await run('verify', out)).code).toBe(0);
    const ofRun = labelsHead(join(String(library), 'runs', String(aligned.lines().at(-1)?.['run']), 'run.json'));
    expect(labelsHead(join(out, 'certificate.json'))).toBe(ofRun);
    expect((await run('labels', 'verify', '--head', ofRun, '--json')).document()).toMatchObject({ intact: true });
    expect((await run('labels', 'verify', '--head', 'f'.repeat(64), '--json')).document()).toMatchObject({
      error: { code: 'label-log-broken' },
    });
  });
});

it('import warns of pairs that give the same response opposite verdicts', async () => {
  const file = join(work.path, 'two-verdicts.jsonl');
  const pair = (chosen: string, rejected: string): string =>
    `${JSON.stringify({ prompt: 'q', chosen, rejected, chosen_unsafe: false, rejected_unsafe: true })}\n`;
  writeFileSync(file, pair('x', 'y') + pair('z', 'x') + pair('v', 'w'));
  const imported = await run('import', file, '--project', 'two verdicts');
  expect(imported.stdout).toContain('Warning: 2 pairs of the project have a response that another pair');
});

describe('safedpo, interrupted', () => {
  const longRun = [
    'train',
    '--project',
    'demo',
    '--model',
    String(model),
    '--epochs',
    '60',
    '--checkpoint-every',
    '1000',
    ...smallRun,
    '--json',
  ];

  it('stops with a checkpoint on Ctrl-C, and a resumed run has the bytes of an uninterrupted one', async () => {
    const whole = await run(...longRun);
    const wholeRun = String(whole.lines().at(-1)?.['run']);
    const { child, ended } = start(String(library), longRun);
    const { run: runId } = await lineOf(child, ({ event }) => event === 'started');
    await lineOf(child, ({ event }) => event === 'step');
    child.kill('SIGINT');
    const stopped = await ended;
    expect([stopped.code, stopped.lines().at(-1)]).toMatchObject([130, { error: { code: 'run-stopped' } }]);
    const resumed = await run('resume', String(runId), '--json');
    expect([resumed.code, resumed.lines().at(-1)]).toMatchObject([0, { event: 'done' }]);
    expect(adapterHash(String(runId))).toBe(adapterHash(wholeRun));
    expect((await run('resume', String(runId), '--json')).document()).toMatchObject({ error: { code: 'run-is-done' } });
  });

  it('trains on when the command is killed, and says so', async () => {
    const { child, ended } = start(String(library), longRun);
    const { run: runId } = await lineOf(child, ({ event }) => event === 'started');
    await lineOf(child, ({ event }) => event === 'step');
    child.kill('SIGKILL');
    await ended.catch(() => undefined);
    const again = await run('resume', String(runId), '--json');
    const { error } = again.lines().at(-1) ?? {};
    expect(error).toMatchObject({ code: expect.stringMatching(/^run-is-(active|done)$/) });
    while (!/"state":"done"/.test(readFileSync(join(String(library), 'runs', String(runId), 'status.json'), 'utf8')))
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    const listed: { run: string; state: string }[] = JSON.parse((await run('runs', '--json')).stdout);
    expect(listed.find((entry) => entry.run === runId)?.state).toBe('done');
  });

  function adapterHash(runId: string): string {
    const checkpoints = join(String(library), 'runs', runId, 'checkpoints');
    const last = readdirSync(checkpoints)
      .map((name) => Number(name.replace('step-', '')))
      .sort((left, right) => right - left)[0];
    return createHash('sha256')
      .update(readFileSync(join(checkpoints, `step-${last}`, 'adapter.safetensors')))
      .digest('hex');
  }
});
