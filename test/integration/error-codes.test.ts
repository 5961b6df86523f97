import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = ['main', 'native-models', 'preload', 'renderer', 'test/e2e']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const documented = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split('\n')
  .flatMap((line) => /^\| `([a-z0-9-]+)` \|/.exec(line)?.[1] ?? []);

/** Calls that make a failure with a literal code, directly or through a reader that is told the code. */
const calls = [
  /\b(?:badInput|doesNotFit|failed)\(\s*'([a-z0-9-]+)'/g,
  /new Failure\(\s*'(?:input|capacity|internal|interrupted)',\s*'([a-z0-9-]+)'/g,
  /\b(?:parseFields|parseJson)\([^;]*?'([a-z]+(?:-[a-z]+)+)'\)/g,
];

describe('docs/errors.md', () => {
  it('lists every code that the source throws', () => {
    const thrown = sources.flatMap(({ path, text }) =>
      calls.flatMap((call) => [...text.matchAll(call)].map(([, code = '']) => ({ code, path }))),
    );
    const missing = thrown
      .filter(({ code }) => !documented.includes(code))
      .map(({ code, path }) => `${code} (${path})`);
    expect(thrown.length).toBeGreaterThan(100);
    expect([...new Set(missing)].sort()).toEqual([]);
  });

  it('lists no code that the source does not know', () => {
    const text = sources.map((source) => source.text).join('\n');
    expect(documented.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('is sorted and says each code once', () => {
    expect(documented).toEqual([...new Set(documented)].sort());
  });
});
