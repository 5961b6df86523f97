import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { collectNotices, noticesText } from '../../main/notices/notices.ts';

/**
 * That the notices hold every part of others that is shipped. What npm's own lock file says is needed is the measure.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().default(false), optional: z.boolean().default(false) })),
});
/** Of scripts that install or compile, which are never run (`ignore-scripts`) nor shipped. */
const notShipped = new Set([
  'adm-zip',
  'global-agent',
  'node-addon-api',
  'define-data-property',
  'define-properties',
  'es-define-property',
  'es-errors',
  'escape-string-regexp',
  'globalthis',
  'gopd',
  'has-property-descriptors',
  'matcher',
  'object-keys',
  'semver',
  'serialize-error',
  'type-fest',
]);
const notices = collectNotices(root);
const noticed = new Set(notices.map(({ name }) => name));

test('every production package appears, with the text of its licence', () => {
  const { packages } = lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const needed = Object.entries(packages).flatMap(([path, { dev, optional }]) =>
    path === '' || dev || optional ? [] : [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)],
  );
  expect(needed.length).toBeGreaterThan(30);
  expect(needed.filter((name) => !notShipped.has(name) && !noticed.has(name))).toEqual([]);
  expect(notices.filter(({ name, text }) => text.length < 100 && name !== 'SQLite').map(({ name }) => name)).toEqual(
    [],
  );
});

test('ONNX Runtime, whose packages hold no text, comes with its licence and the notices of its own parts', () => {
  const text = notices.find(({ name }) => name === 'onnxruntime-node')?.text;
  expect(text).toContain('Copyright (c) Microsoft Corporation');
  expect(text).toContain('protobuf');
  expect(noticesText(notices)).toMatch(/^Node\.js \d+[.\d]+ \(MIT/m);
});

test.skipIf(!existsSync(join(root, 'out/notices/page.json')))(
  'the packages that the built page holds code of appear, too',
  () => {
    expect(notices.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['svelte', 'chart.js', '@lucide/svelte', 'diff', 'tinykeys']),
    );
  },
);

test('a package without a licence text is refused by name', () => {
  const app = mkdtempSync(join(tmpdir(), 'safedpo-notices-'));
  const folder = join(app, 'node_modules/nameless');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { nameless: '1' } }),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'nameless', version: '1.0.0' }));
  expect(() => collectNotices(app)).toThrowError(expect.objectContaining({ code: 'licence-missing' }));
  rmSync(app, { recursive: true });
});
