import { globSync, readFileSync } from 'node:fs';

/**
 * Refuses code that compares one of `fields`, or compares anything with one of `names`, outside the folders and files
 * that begin with one of `allowed`.
 */
export function refuseComparisons(
  fields: readonly string[],
  names: readonly string[],
  allowed: readonly string[],
  message: string,
): void {
  const [field, name] = [`\\b(${fields.join('|')})\\b`, `['"\`](${names.join('|')})['"\`]`];
  const compared = [
    `${field}\\s*(===|!==|==|!=)`,
    `(===|!==|==|!=)\\s*[\\w.?]*${field}`,
    `(===|!==|==|!=|\\bcase)\\s*${name}`,
    `${name}\\s*(===|!==|==|!=)`,
    `\\bswitch\\s*\\([^)]*${field}`,
  ].map((pattern) => new RegExp(pattern, 'u'));
  const files = globSync('{main,native-models,preload,renderer}/**/*.{ts,svelte}').filter(
    (file) => !allowed.some((start) => file.startsWith(start)) && !file.endsWith('.test.ts'),
  );
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        compared.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  if (found.length === 0) return;
  console.error(`${message}\n${found.join('\n')}`);
  process.exitCode = 1;
}
