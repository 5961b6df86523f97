import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Inputs made after other projects' bug reports; they lie beside the checkout and are not part of it. */
const casesFolder = fileURLToPath(new URL('../../../shared/cases', import.meta.url));

/** Whether they are there; tests that need them skip themselves otherwise, and say so. */
export const hasCases = existsSync(casesFolder);
if (!hasCases) console.warn(`SKIPPED: tests on inputs after bug reports, because ${casesFolder} does not exist.`);

/** A path inside them. */
export function casePath(...parts: readonly string[]): string {
  return join(casesFolder, ...parts);
}
