import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MetricsReader, engineFailure } from './run-files.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-run-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const line = (step: number) => `${JSON.stringify({ event: 'step', step, note: 'é' })}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join('');

describe('MetricsReader', () => {
  it('reads whole lines only, also where a piece ends inside a character', () => {
    const dir = folder();
    const file = join(dir, 'metrics.jsonl');
    const reader = new MetricsReader(dir);
    expect(reader.next()).toEqual([]);
    const bytes = Buffer.from(line(1));
    const inside = bytes.indexOf(0xc3) + 1;
    writeFileSync(file, bytes.subarray(0, inside));
    expect(reader.next()).toEqual([]);
    appendFileSync(file, bytes.subarray(inside));
    expect(reader.next()).toEqual([{ event: 'step', step: 1, note: 'é' }]);
    expect(reader.next()).toEqual([]);
  });

  it('says each step once when a resumed engine replaces the file by a shorter one that outgrows it', () => {
    const dir = folder();
    const file = join(dir, 'metrics.jsonl');
    const reader = new MetricsReader(dir);
    writeFileSync(file, lines(1, 5));
    expect(reader.next().map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    writeFileSync(`${file}.partial`, lines(1, 2));
    renameSync(`${file}.partial`, file);
    appendFileSync(file, lines(3, 9));
    expect(reader.next().map(({ step }) => step)).toEqual([6, 7, 8, 9]);
  });
});

describe('engineFailure', () => {
  const said = '{"event":"error","error":{"code":"disk-full","message":"full","details":{}},"exitCode":3}';

  it('is what the engine wrote last', () => {
    const dir = folder();
    writeFileSync(join(dir, 'engine.log'), `engine started at 1\n${said}\n`);
    expect(engineFailure(dir)).toMatchObject({ kind: 'capacity', code: 'disk-full' });
  });

  it('is a crash where a later engine said nothing', () => {
    const dir = folder();
    writeFileSync(join(dir, 'engine.log'), `engine started at 1\n${said}\nengine started at 2\n`);
    expect(engineFailure(dir)).toMatchObject({ kind: 'internal', code: 'engine-crashed' });
  });
});
