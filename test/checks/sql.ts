import { globSync, readFileSync } from 'node:fs';

/**
 * `npm run check:sql`: what hosts and operations need of the database is a function of the service that owns the table.
 */
const files = globSync('main/{dispatch,operations,hosts,shell}/**/*.ts').filter((file) => !file.endsWith('.test.ts'));
const found = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      /\.db\b|[{,]\s*db\b|\.(prepare|pragma)\b/u.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
    ),
);
if (found.length > 0) {
  console.error(`The database is used outside the services that own its tables:\n${found.join('\n')}`);
  process.exitCode = 1;
}
