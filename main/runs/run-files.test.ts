import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { engineFailure } from './run-files.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-run-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

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
