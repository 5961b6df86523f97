import { globSync } from 'node:fs';
import { refuseLines } from './refuse-lines.ts';

/**
 * `npm run check:lines`: the formatter leaves comments and long strings as they are, so their length is checked here.
 * In characters, not in bytes.
 */
const longest = 120;
refuseLines(
  globSync(['{main,native-models,preload,renderer,test}/**/*.{ts,svelte,css}', '*.ts', '.dependency-cruiser/*.cjs']),
  (line) => {
    const length = [...line].length;
    return length > longest ? `${length} characters` : null;
  },
  `Lines longer than ${longest} characters:`,
);
