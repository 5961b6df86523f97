import { globSync } from 'node:fs';
import { matching, refuseLines } from './refuse-lines.ts';

/**
 * `npm run check:sql`: what hosts and operations need of the database is a function of the service that owns the table.
 */
refuseLines(
  globSync('main/{dispatch,operations,hosts,shell}/**/*.ts').filter((file) => !file.endsWith('.test.ts')),
  matching(/\.db\b|[{,]\s*db\b|\.(prepare|pragma)\b/u),
  'The database is used outside the services that own its tables:',
);
