import { globSync, readFileSync } from 'node:fs';

/**
 * `npm run check:lines`: the formatter leaves comments and long strings as they are, so their length is checked here.
 * In characters, not in bytes. `main`, `renderer` and `test` follow when their last long line is gone.
 */
const longest = 120;
const files = globSync('{native-models,preload}/**/*.{ts,svelte,cjs}').concat(
  globSync('{*.ts,.dependency-cruiser/*.cjs}'),
);
const found = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const length = [...line].length;
      return length > longest ? [`${file}:${index + 1}: ${length} characters`] : [];
    }),
);
if (found.length > 0) {
  console.error(`Lines longer than ${longest} characters:\n${found.join('\n')}`);
  process.exitCode = 1;
}
