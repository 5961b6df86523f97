import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MetricsReader, readEvents } from './metrics-reader.ts';
import type { TrainEvent } from './train-events.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-run-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const line = (step: number) => `${JSON.stringify({ event: 'step', step, loss: 0.5 })}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join('');

const stepsOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === 'step' ? [event.step] : []));

describe('MetricsReader', () => {
  it('reads whole lines only, also where a piece ends inside a character', () => {
    const dir = folder();
    const file = join(dir, 'metrics.jsonl');
    const reader = new MetricsReader(dir);
    expect(reader.next()).toEqual([]);
    const alarm = { event: 'alarm', step: 1, code: 'card-memory-full', message: 'é' };
    const bytes = Buffer.from(`${JSON.stringify(alarm)}\n`);
    const inside = bytes.indexOf(0xc3) + 1;
    writeFileSync(file, bytes.subarray(0, inside));
    expect(reader.next()).toEqual([]);
    appendFileSync(file, bytes.subarray(inside));
    expect(reader.next()).toEqual([alarm]);
    expect(reader.next()).toEqual([]);
  });

  it('says each step once when a resumed engine replaces the file by a shorter one that outgrows it', () => {
    const dir = folder();
    const file = join(dir, 'metrics.jsonl');
    const reader = new MetricsReader(dir);
    writeFileSync(file, lines(1, 5));
    expect(stepsOf(reader.next())).toEqual([1, 2, 3, 4, 5]);
    writeFileSync(`${file}.partial`, lines(1, 2));
    renameSync(`${file}.partial`, file);
    appendFileSync(file, lines(3, 9));
    expect(stepsOf(reader.next())).toEqual([6, 7, 8, 9]);
  });

  it('leaves out events that it does not know, and fields of those it does', () => {
    const dir = folder();
    writeFileSync(join(dir, 'metrics.jsonl'), `{"event":"later","x":1}\n{"event":"stopped","why":"asked"}\n`);
    expect(readEvents(dir)).toEqual([{ event: 'stopped' }]);
  });

  it('reads the events of the first version, which wrote less', () => {
    const dir = folder();
    const step = {
      event: 'step',
      step: 1,
      epoch: 0.5,
      loss: null,
      pairsPerSecond: 2,
      tokensPerSecond: 3,
      memoryBytes: 4,
    };
    const side = {
      'rewards/accuracies': 0.5,
      safeUnsafeAccuracy: null,
      'rewards/margins': 0,
      pairs: 1,
      safeUnsafePairs: 0,
    };
    const done = {
      event: 'done',
      run: 'r',
      steps: 1,
      metrics: { kl: 0 },
      provider: 'cpu',
      heldOut: { before: side, after: side },
    };
    writeFileSync(
      join(dir, 'metrics.jsonl'),
      [step, { event: 'resumed', step: 1 }, done].map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    const now = { ...side, safeLikelierShare: null };
    expect(readEvents(dir)).toMatchObject([
      step,
      { event: 'resumed', step: 1, at: null },
      { ...done, seconds: Number.NaN, heldOut: { before: now, after: now } },
    ]);
  });

  it('names the line where an event it knows lacks what it is about', () => {
    const dir = folder();
    writeFileSync(join(dir, 'metrics.jsonl'), '{"event":"checkpoint","step":3}\n');
    expect(() => readEvents(dir)).toThrow(expect.objectContaining({ code: 'engine-output-invalid' }));
  });
});
