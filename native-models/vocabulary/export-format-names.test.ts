import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exportFormats } from './lists.ts';

/** Where a format may be named: the list, what people read of it, its own file and the registry. */
const own = new Set([
  'native-models/vocabulary/lists.ts',
  'native-models/vocabulary/export-formats.ts',
  'native-models/engine/export/formats.ts',
  ...exportFormats.map((format) => `native-models/engine/export/${format}.ts`),
]);
const names = exportFormats.join('|');
/** A name compared, chosen or asked of a list, and a table with a place for each. */
const named = new RegExp(
  `(===|!==|\\bcase|ormats?[:(]|includes\\(|offer\\()\\s*'(${names})'|\\[\\w+ in ExportFormat\\]`,
  'u',
);

it('no other file decides by the name of an export format or has a table of them', () => {
  const files = globSync('{main,native-models,preload,renderer}/**/*.{ts,svelte}').filter(
    (file) => !own.has(file) && !file.endsWith('.test.ts') && !file.startsWith('native-models/sample/'),
  );
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (named.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
