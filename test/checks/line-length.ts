import { globSync } from 'node:fs';
import { refuseLines } from './refuse-lines.ts';

/**
 * `npm run check:lines`: the formatter leaves comments and long strings as they are, so their length is checked here.
 * In characters, not in bytes. `main`, `renderer` and `test` follow when their last long line is gone.
 */
const longest = 120;
refuseLines(
  globSync(['{native-models,preload}/**/*.{ts,svelte,cjs}', '*.ts', '.dependency-cruiser/*.cjs']),
  (line) => {
    const length = [...line].length;
    return length > longest ? `${length} characters` : null;
  },
  `Lines longer than ${longest} characters:`,
);
