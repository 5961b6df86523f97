import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Electron's program, or the one-line reason why it cannot be used here. */
export type ElectronProgram = { readonly program: string } | { readonly missing: string };

const fetchLimitMilliseconds = 300_000;

/**
 * Looks for Electron's program and lets its package fetch it when it is not there yet (it comes from GitHub, not from
 * npm). A Linux machine without a display needs none: it is most likely reached over SSH.
 */
export function findElectron(
  environment: { readonly [name: string]: string | undefined } = process.env,
): ElectronProgram {
  const headless = process.platform === 'linux' && !environment['DISPLAY'] && !environment['WAYLAND_DISPLAY'];
  if (headless) return { missing: 'this machine has no display' };
  const require = createRequire(import.meta.url);
  const packageFolder = packagePath(require);
  if (packageFolder === null) return { missing: 'the electron package is not installed' };
  const failure = environment['ELECTRON_OVERRIDE_DIST_PATH'] ? null : fetchProgram(packageFolder);
  if (failure !== null) return { missing: `Electron's program could not be fetched: ${failure}` };
  const program: unknown = require('electron');
  return typeof program === 'string' ? { program } : { missing: 'the electron package names no program' };
}

function packagePath(require: NodeJS.Require): string | null {
  try {
    return dirname(require.resolve('electron/package.json'));
  } catch {
    return null;
  }
}

/** Does nothing where the program is there already. Returns why it failed, or `null`. */
function fetchProgram(packageFolder: string): string | null {
  if (!existsSync(join(packageFolder, 'dist', 'version')))
    process.stderr.write('Fetching Electron from GitHub, once.\n');
  const { status, error, stderr } = spawnSync(process.execPath, [join(packageFolder, 'install.js')], {
    encoding: 'utf8',
    timeout: fetchLimitMilliseconds,
  });
  return status === 0 ? null : (error?.message ?? reasonIn(stderr));
}

function reasonIn(log: string): string {
  return (
    log
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim() ?? 'no reason given'
  );
}
