import { globSync, readFileSync } from 'node:fs';
import { families } from '../../native-models/families/registry.ts';

/**
 * `npm run check:families`: only native-models/families may decide by a model's family or `model_type`. Every other
 * file reads the description that the family gives.
 */
const names = families.flatMap(({ name, architecture }) => [name, architecture]).join('|');
const compared = [
  /\b(family|model_type|modelType|genaiType)\b\s*(===|!==|==|!=)/u,
  /(===|!==|==|!=)\s*[\w.?]*\b(family|model_type|modelType|genaiType)\b/u,
  new RegExp(`(===|!==|==|!=|\\bcase)\\s*['"\`](${names})['"\`]`, 'u'),
  new RegExp(`['"\`](${names})['"\`]\\s*(===|!==|==|!=)`, 'u'),
  /\bswitch\s*\([^)]*\b(family|model_type|modelType|genaiType)\b/u,
];
const files = globSync('{main,native-models,preload,renderer}/**/*.{ts,svelte}').filter(
  (file) => !file.startsWith('native-models/families/') && !file.endsWith('.test.ts'),
);
const found = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      compared.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
    ),
);
if (found.length > 0) {
  console.error(
    `A model's family is compared outside native-models/families. Read the description instead:\n${found.join('\n')}`,
  );
  process.exitCode = 1;
}
